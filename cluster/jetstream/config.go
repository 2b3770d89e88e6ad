package jetstream

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config describes a queue and how to reach it. The zero value is usable. Where a
// field that belongs to the queue is zero, Connect leaves what is there, so that a
// client need not know what the workers have set.
type Config struct {
	// Queue is the name of the queue: letters, digits, - and _. The default is
	// "default". Queues share nothing but the server.
	Queue string

	// Lease is how long a worker may be silent before its calls are run elsewhere; 10 s
	// for a new queue. It belongs to the queue. A worker renews its leases every third
	// of it, as it was when the worker connected: set a shorter one while no worker runs.
	Lease time.Duration

	// Keep is how long outcomes are kept, for Join and for calls with the same id; 1 h
	// for a new queue. It belongs to the queue. A client that is cut off for longer loses
	// outcomes. How often a call was started is kept for as long, too.
	Keep time.Duration

	// MaxCalls bounds the calls in the queue, queued and running; another is refused
	// with cluster.ErrFull. Zero is no bound for a new queue. It belongs to the queue.
	MaxCalls int64

	// MaxBytes bounds the bytes of the calls in the queue; another is refused with
	// cluster.ErrFull. Zero is no bound for a new queue. The server sets them aside, so that
	// the rest of its store is there for outcomes: without, a store that is full of calls has
	// no room for them. It belongs to the queue.
	MaxBytes int64

	// Memory makes a new queue live in the server's memory: its calls end with the
	// server. It belongs to the queue.
	Memory bool

	// Replicas is on how many servers of a NATS cluster a new queue is stored; 1 by
	// default. It belongs to the queue.
	Replicas int

	// Options are those of the connection: TLS, credentials, a token, a name.
	Options []nats.Option
}

const (
	defaultQueue = "default"
	defaultLease = 10 * time.Second
	defaultKeep  = time.Hour
	minLease     = 300 * time.Millisecond // a third of it is some beats of a worker
	maxLease     = math.MaxInt64 / 8      // a longer one counts as this: it is multiplied, and added to times
)

// maxClients is how many clients may be there at once: each has a consumer of outcomes, which the
// server keeps for some seconds when the client has left. The server's default is 1,000.
const maxClients = 1_000_000

// maxRequests is how many workers may wait for calls of a priority at once. A worker whose request
// is refused makes another a moment later, again and again. The server's default is 512.
const maxRequests = 1_000_000

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// check fills in what does not belong to the queue, and panics if a field is out of range.
func (c *Config) check() {
	if c.Queue == "" {
		c.Queue = defaultQueue
	}
	switch {
	case !queueName.MatchString(c.Queue):
		panic(fmt.Sprintf("jetstream: Config.Queue %q: want letters, digits, - and _, at most 64", c.Queue))
	case c.Lease < 0 || c.Lease > 0 && c.Lease < minLease:
		panic(fmt.Sprintf("jetstream: Config.Lease %v: want 0 or at least %v", c.Lease, minLease))
	case c.Keep < 0 || c.MaxCalls < 0 || c.MaxBytes < 0 || c.Replicas < 0:
		panic("jetstream: Config: Keep, MaxCalls, MaxBytes and Replicas must not be negative")
	}
}

// callsStream returns what the stream of calls should be; old is nil, or what it is.
func (c *Config) callsStream(old *jetstream.StreamConfig) jetstream.StreamConfig {
	s := c.stream(old, c.callsName(), c.prefix()+"c.>")
	if old == nil {
		s.Retention, s.Discard, s.MaxMsgs = jetstream.WorkQueuePolicy, jetstream.DiscardNew, -1
	}
	if c.MaxCalls > 0 {
		s.MaxMsgs = c.MaxCalls
	}
	if c.MaxBytes > 0 {
		s.MaxBytes = c.MaxBytes
	}
	return s
}

// resultsStream is callsStream for what is kept: outcomes, starts and beats, the last
// of each subject.
func (c *Config) resultsStream(old *jetstream.StreamConfig) jetstream.StreamConfig {
	s := c.stream(old, c.resultsName(), c.prefix()+"r.>", c.prefix()+"n.>", c.prefix()+"w.>")
	if old == nil {
		s.MaxMsgsPerSubject, s.MaxAge, s.MaxConsumers = 1, defaultKeep, maxClients
	}
	if c.Keep > 0 {
		s.MaxAge = c.Keep
	}
	// With replicas one that lags behind may answer a direct request, and has not seen yet that a
	// call has begun or ended: an abort must know.
	s.AllowDirect = s.Replicas <= 1
	return s
}

func (c *Config) stream(old *jetstream.StreamConfig, name string, subjects ...string) jetstream.StreamConfig {
	if old != nil {
		return *old
	}
	s := jetstream.StreamConfig{Name: name, Subjects: subjects, Replicas: max(1, c.Replicas), Storage: jetstream.FileStorage}
	if c.Memory {
		s.Storage = jetstream.MemoryStorage
	}
	return s
}

// consumer returns what the consumer of a priority should be; old is nil, or what it is.
func (c *Config) consumer(old *jetstream.ConsumerConfig, line int) jetstream.ConsumerConfig {
	s := jetstream.ConsumerConfig{
		Durable: consumerName(line), FilterSubject: c.prefix() + "c." + lineToken(line) + ".>",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: defaultLease, MaxDeliver: -1, MaxAckPending: -1,
		MaxWaiting: maxRequests,
	}
	if old != nil {
		s = *old
	}
	if c.Lease > 0 {
		s.AckWait = c.Lease
	}
	return s
}
