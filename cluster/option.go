package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
)

// An Option configures a task. Client and worker should define the task with the same
// options. Attempts, Retry and Timeout are those of the client's definition.
type Option func(*config)

// Attempts sets how often a call may be started at most, whatever ended the start before:
// the death of the worker, the loss of its lease, and with [Retry] an error. The default
// is 3. With 1 a call runs at most once. It panics if n < 1.
func Attempts(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("cluster: Attempts(%d): want n >= 1", n))
	}
	return func(c *config) { c.policy.Attempts = n }
}

// Retry makes an error of the function, a panic included, end only the attempt. The next
// attempt comes after backoff, which doubles each time, on any worker. Without Retry an
// error is the outcome of the call. Retry panics if backoff < 0.
func Retry(backoff time.Duration) Option {
	if backoff < 0 {
		panic(fmt.Sprintf("cluster: Retry(%v): want backoff >= 0", backoff))
	}
	return func(c *config) { c.policy.Retry, c.policy.Backoff = true, backoff }
}

// Timeout ends the context of the function d after its start on the worker. The cause is
// a *future.TimeoutError; if the function returns it, the error of the future matches
// [context.DeadlineExceeded]. Each attempt has the full time. Timeout panics if d <= 0.
func Timeout(d time.Duration) Option {
	if d <= 0 {
		panic(fmt.Sprintf("cluster: Timeout(%v): want d > 0", d))
	}
	return func(c *config) { c.policy.Timeout = d }
}

// Errors lists errors that errors.Is finds in the error of the future, in the submitter's
// process, if it finds them in the function's error on the worker. They are told apart by
// the texts that they have when Errors is called. Those of package future and pool and the
// common ones of the standard library need not be listed. Errors panics if one is nil.
func Errors(errs ...error) Option {
	if slices.Contains(errs, nil) {
		panic("cluster: Errors: nil error")
	}
	listed := sentinels(errs...)
	return func(c *config) { c.sentinels = append(c.sentinels, listed...) }
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

// A submission is a call before the engine has it.
type submission struct {
	call     Call
	progress func([]byte)
	join     bool // the call is there: ask for it
}

// WithID names the call and so makes its submit idempotent: of all calls with the same id
// in a queue one runs, and all submitters get its outcome, also after it has ended, for
// as long as the engine keeps the outcome. An abort is an outcome, too: a call that was
// aborted before it began can be submitted again under another id, or when the engine no
// longer keeps the outcome. WithID panics if id is empty, longer than 512 bytes, or not
// valid UTF-8.
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

// WithPriority sets the priority of the call in its queue: 1 goes before 0, and 0 before
// -1; the default is 0. Workers take the calls that are queued in this order, as strictly as the
// engine's package says. It panics if n is none of these.
func WithPriority(n int) CallOption {
	if n < -1 || n > 1 {
		panic(fmt.Sprintf("cluster: WithPriority(%d): want -1, 0 or 1", n))
	}
	return func(s *submission) { s.call.Priority = n }
}

// OnProgress sets a function that is called with what the call reports by
// [Delivery.Report], decoded from JSON. A report may be lost, and is skipped if it cannot
// be decoded as P; none comes after the future has settled. The function is called in a
// goroutine of the engine, and must not block; its panic or Goexit ends that report alone.
// OnProgress panics if fn is nil.
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
// little enough memory: a call in flight takes about 1 KB and its future.
const defaultMaxCalls = 4096

// WithMaxCalls sets how many calls of the client may be in flight at once: submitted and
// not settled. Submit blocks while there are so many. So a function that submits calls
// with the client of its own call, and waits for them, needs a place for each level of the
// recursion. The default is 4096. It panics if n < 1.
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

// WithChunk makes [Task.Map] and [Task.Stage] send up to n items in one call, which the
// worker runs as a map on its pool. For each item that costs a fraction of a call. A
// chunk is sent when it is full, when the window is full, and when no other call of the
// map is in flight; so no item waits for others for ever.
//
// If a worker dies, its chunk runs again as a whole. With [Retry] an item that fails is
// tried again on the worker that has its chunk: pool.Attempt counts these attempts, and
// [Delivery.Attempt] does not. The outputs of a chunk travel together: if they are larger
// than the engine carries, each of them is [ErrTooLarge]. Maps of package pool and stages
// of package stream ignore the option. WithChunk panics if n < 1.
func WithChunk(n int) millrace.MapOption {
	if n < 1 {
		panic(fmt.Sprintf("cluster: WithChunk(%d): want n >= 1", n))
	}
	return chunkOption{options.MapFunc(func(*options.Map) {}), n}
}
