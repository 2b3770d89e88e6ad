package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
)

// An Option configures a task. Both sides should define it alike; what is said of
// attempts and timeouts is decided where the call is submitted.
type Option func(*config)

// Attempts sets how often a call is started at most, whatever ended the starts
// before: the death of the worker, the loss of its lease, and with [Retry] an error.
// The default is 3. With 1 a call runs at most once. It panics if n < 1.
func Attempts(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("cluster: Attempts(%d): want n >= 1", n))
	}
	return func(c *config) { c.policy.Attempts = n }
}

// Retry makes an error of the function, a panic included, end only that attempt. The next one
// comes after backoff, which doubles each time, on any worker. Without it an error
// is the outcome of the call. It panics if backoff < 0.
func Retry(backoff time.Duration) Option {
	if backoff < 0 {
		panic(fmt.Sprintf("cluster: Retry(%v): want backoff >= 0", backoff))
	}
	return func(c *config) { c.policy.Retry, c.policy.Backoff = true, backoff }
}

// Timeout bounds one run of the function, from its start on the worker. The cause of
// its context is then a *future.TimeoutError, and the error of the future matches
// [context.DeadlineExceeded] if the function returns the cause. It panics if d <= 0.
func Timeout(d time.Duration) Option {
	if d <= 0 {
		panic(fmt.Sprintf("cluster: Timeout(%v): want d > 0", d))
	}
	return func(c *config) { c.policy.Timeout = d }
}

// Errors lists sentinels that errors.Is is to find in the submitter's process, as it
// would in the worker's. They are told apart by their texts. Those of package future
// and pool and the common ones of the standard library are always found. It panics if
// one is nil.
func Errors(errs ...error) Option {
	if slices.Contains(errs, nil) {
		panic("cluster: Errors: nil error")
	}
	return func(c *config) { c.sentinels = append(c.sentinels, errs...) }
}

// WithCodec sets how values travel; the default is JSON. It panics if codec is nil.
func WithCodec(codec Codec) Option {
	if codec == nil {
		panic("cluster: WithCodec: nil codec")
	}
	return func(c *config) { c.codec = codec }
}

// A CallOption configures one call.
type CallOption func(*submission)

// A submission is a call before it is handed over.
type submission struct {
	call     Call
	progress func([]byte)
	join     bool // the call is there: ask for it
}

// WithID names the call: of all calls with the same id in a queue one runs, and all
// submitters get its outcome, also some time after the end, for as long as the
// engine keeps it. That makes a submit idempotent. It panics if id is empty, longer
// than 512 bytes, or not valid UTF-8.
func WithID(id string) CallOption {
	checkID("WithID", id)
	return func(s *submission) { s.call.ID = named + id }
}

func checkID(call, id string) {
	if id == "" || len(id) > maxID {
		panic(fmt.Sprintf("cluster: %s: an id of %d bytes: want 1 to %d", call, len(id), maxID))
	}
	checkText(call+": id", id)
}

// WithPriority sets the priority among the calls of the queue: 1 goes before 0, the
// default, and that before -1. It panics if n is none of these.
func WithPriority(n int) CallOption {
	if n < -1 || n > 1 {
		panic(fmt.Sprintf("cluster: WithPriority(%d): want -1, 0 or 1", n))
	}
	return func(s *submission) { s.call.Priority = n }
}

// OnProgress sets a function that is told what the call reports with
// [Delivery.Report], decoded from JSON. Reports may be lost, and none comes after the
// future has settled. The function runs in a goroutine of the engine: it must not
// block. What cannot be decoded as P is left out. It panics if fn is nil.
func OnProgress[P any](fn func(P)) CallOption {
	if fn == nil {
		panic("cluster: OnProgress: nil function")
	}
	return func(s *submission) {
		s.progress = func(b []byte) {
			var p P
			if json.Unmarshal(b, &p) == nil {
				fn(p)
			}
		}
	}
}

// A ClientOption configures a client.
type ClientOption func(*Client)

// defaultMaxCalls is enough to keep some hundred slots busy with quick calls, and
// little enough memory: a call that is out takes about 1 KB and its future.
const defaultMaxCalls = 4096

// WithMaxCalls sets how many calls of the client may be out at once, handed over and
// not settled; Submit blocks while there are so many. The default is 4096. It panics
// if n < 1.
func WithMaxCalls(n int) ClientOption {
	if n < 1 {
		panic(fmt.Sprintf("cluster: WithMaxCalls(%d): want n >= 1", n))
	}
	return func(c *Client) { c.room = make(chan struct{}, n) }
}

// A chunkOption is a MapOption that says nothing to millrace's own maps.
type chunkOption struct {
	millrace.MapOption
	n int
}

// WithChunk makes [Task.Map] and [Task.Stage] send up to n items in one call, which
// the worker runs as a map on its pool. That costs a fraction of a call for each
// item. A chunk is sent when it is full, when the window is full, and when no other
// call of the map is out; so no item waits for others for ever. If a worker dies, its
// chunk runs again as a whole. Its outputs travel together, too: if they are larger than the
// engine carries, all of them are [ErrTooLarge]. With [Retry] an item that fails is tried
// again on the worker that has its chunk. It panics if n < 1.
func WithChunk(n int) millrace.MapOption {
	if n < 1 {
		panic(fmt.Sprintf("cluster: WithChunk(%d): want n >= 1", n))
	}
	return chunkOption{options.MapFunc(func(*options.Map) {}), n}
}
