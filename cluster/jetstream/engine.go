package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// Engine is a connection to a queue. It implements cluster.Engine, and may be shared by
// clients and workers.
type Engine struct {
	cfg     Config
	nc      *nats.Conn
	js      jetstream.JetStream
	calls   jetstream.Stream
	results jetstream.Stream
	lines   [lines]jetstream.Consumer
	lease   time.Duration
	keep    time.Duration // 0: for ever
	alone   bool          // one server keeps the queue, and has this connection
	copies  bool          // several servers have copies of it
	pub     *publisher
	status  chan nats.Status

	breaks atomic.Uint64 // how often the connection was made again, at least
	unsure atomic.Int64  // aborts whose outcome is not known
	boot   atomic.Pointer[boot]
	pulse  pulse

	inquiries   inquiries
	votesWithin time.Duration // how long a worker that is asked has to answer; askTimeout, but for tests
	partWithin  time.Duration // how long a worker that ends has to take itself off the record, at least: a lease may be short

	// The constants of the same names, but for tests.
	onItsWay, longWait, span, abortTimeout time.Duration

	ctx     context.Context // ends with Close, or when the connection is closed for good
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	mu struct {
		sync.Mutex
		closed   bool
		auditing bool                  // an audit runs, or the timer for it
		tickets  map[string][]*ticket  // by id: calls whose outcome has not come
		clients  map[string]*following // by name
		workers  map[*worker]struct{}
	}
	audits    *time.Timer
	abortings chan struct{} // one for each abort under way
	again     chan struct{} // told when the connection was made again
	made      [2]time.Time  // when the streams were; of restore
}

// setUpTimeout bounds one attempt to find or make what a queue consists of.
const setUpTimeout = 5 * time.Second

// maxAbortings bounds the aborts that talk to the server at once: the end of a context
// may abort thousands of calls.
const maxAbortings = 64

// Connect connects to a server and makes the queue if it is not there. It waits until ctx
// ends for the first connection, and for a cluster of servers to elect a leader; later the
// connection is made again for as long as it takes. It returns an error if the server cannot
// be reached, or has no JetStream. The url may have several servers, separated by commas, and
// a user or token. It panics if cfg is out of range.
func Connect(ctx context.Context, url string, cfg Config) (*Engine, error) {
	cfg.check()
	nc, err := dial(ctx, url, append(connection(), cfg.Options...))
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	e := &Engine{
		cfg: cfg, nc: nc, status: nc.StatusChanged(nats.CONNECTED, nats.CLOSED),
		abortings: make(chan struct{}, maxAbortings), again: make(chan struct{}, 1),
		votesWithin: askTimeout, partWithin: setUpTimeout, onItsWay: onItsWay, longWait: longWait, span: span, abortTimeout: abortTimeout,
	}
	e.inquiries.round = make(chan struct{}, 1)
	e.ctx, e.cancel = context.WithCancelCause(context.Background())
	e.mu.tickets = make(map[string][]*ticket)
	e.mu.clients = make(map[string]*following)
	e.mu.workers = make(map[*worker]struct{})
	if err := e.setUpUntil(ctx); err != nil {
		e.cancel(err)
		if e.pub != nil {
			e.pub.close()
		}
		nc.Close()
		return nil, fmt.Errorf("jetstream: queue %s: %w", cfg.Queue, err)
	}
	e.audits = time.AfterFunc(time.Hour, func() { e.audit(time.Now()) }) // enter sets it
	e.running.Go(e.watch)
	e.running.Go(e.restore)
	return e, nil
}

// A connection may stand still for long before the operating system ends it. It is noticed by
// pings that the server does not answer, and by a write that does not come to its end; the
// defaults of the server's client are minutes.
const (
	pingEvery   = 10 * time.Second
	missedPings = 2
	writeWithin = 10 * time.Second // the server's own bound
)

// connection returns the options of a connection, before those of the user.
func connection() []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(missedPings),
		nats.FlusherTimeout(writeWithin), nats.ReconnectOnFlusherError(),
	}
}

// dial tries to connect until ctx ends: a server that starts at the same time may need
// a moment.
func dial(ctx context.Context, url string, opts []nats.Option) (*nats.Conn, error) {
	for {
		nc, err := nats.Connect(url, opts...)
		if err == nil || !starting(err) {
			return nc, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; given up: %w", err, context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// asksFirst is what the client says of a server that asks whether the client is there before it has answered the
// client's first message: one of them was late by seconds.
const asksFirst = "expected 'PONG', got 'PING'"

// tooLate is what a server that wants a token says of a client whose first message is late by seconds.
const tooLate = "Authentication Timeout"

// starting reports whether a connection failed as it does while the server starts, or ends:
// no server listens, none answers in time, or the connection is cut.
func starting(err error) bool {
	var late net.Error // also what the operating system says of a read
	var cut *net.OpError
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.As(err, &late) && late.Timeout() ||
		errors.Is(err, io.EOF) || errors.As(err, &cut) && cut.Op != "dial" || strings.Contains(err.Error(), asksFirst) || strings.Contains(err.Error(), tooLate)
}

// setUpUntil sets up until ctx ends: servers of a cluster that have not elected a leader yet
// take connections, and answer nothing.
func (e *Engine) setUpUntil(ctx context.Context) (err error) {
	if e.js, err = jetstream.New(e.nc); err != nil {
		return err
	}
	if e.pub, err = newPublisher(e.nc, &e.breaks); err != nil {
		return err
	}
	return untilAnswered(ctx, e.setUp)
}

// setUp finds or makes the streams and consumers.
func (e *Engine) setUp(ctx context.Context) (err error) {
	if e.calls, err = e.stream(ctx, e.cfg.callsName(), e.cfg.callsStream); err != nil {
		return err
	}
	if e.results, err = e.stream(ctx, e.cfg.resultsName(), e.cfg.resultsStream); err != nil {
		return err
	}
	for line := range e.lines {
		if e.lines[line], err = e.consumer(ctx, line); err != nil {
			return err
		}
		if err := e.sweep(ctx, e.calls.CachedInfo(), e.lines[line].CachedInfo()); err != nil {
			return err
		}
	}
	e.lease = min(e.lines[0].CachedInfo().Config.AckWait, maxLease)
	e.keep = e.results.CachedInfo().Config.MaxAge
	for i, s := range e.streams() {
		e.made[i] = s.CachedInfo().Created
	}
	if err := e.findBoot(ctx); err != nil {
		return err
	}
	keeper := e.calls.CachedInfo().Cluster
	e.alone = e.has(keeper) && (keeper == nil || keeper.Name == "") && e.nc.ConnectedClusterName() == ""
	e.copies = e.calls.CachedInfo().Config.Replicas > 1
	return nil
}

// has reports whether the server that leads a stream or a consumer is the one that has this
// connection: then it cannot have been restarted without an end of the connection. A server that
// is no cluster's names none.
func (e *Engine) has(keeper *jetstream.ClusterInfo) bool {
	return keeper == nil || keeper.Leader == e.nc.ConnectedServerName()
}

func (e *Engine) stream(ctx context.Context, name string, want func(*jetstream.StreamConfig) jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := e.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if s, err = e.newStream(ctx, want(nil)); err == nil {
			_, err = s.Info(ctx) // the answer to the creation does not say which server keeps it
		}
		return s, err
	}
	if err != nil {
		return nil, err
	}
	old := s.CachedInfo().Config
	if cfg := want(&old); cfg.MaxMsgs != old.MaxMsgs || cfg.MaxBytes != old.MaxBytes || cfg.MaxAge != old.MaxAge || cfg.AllowDirect != old.AllowDirect {
		return e.js.UpdateStream(ctx, cfg)
	}
	return s, nil
}

func (e *Engine) newStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := e.js.CreateOrUpdateStream(ctx, cfg)
	if errors.Is(err, jetstream.ErrMaximumConsumersLimit) { // the account has a bound, which counts
		cfg.MaxConsumers = -1
		s, err = e.js.CreateOrUpdateStream(ctx, cfg)
	}
	return s, err
}

func (e *Engine) consumer(ctx context.Context, line int) (jetstream.Consumer, error) {
	c, err := e.calls.Consumer(ctx, consumerName(line))
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return e.calls.CreateOrUpdateConsumer(ctx, e.cfg.consumer(nil, line))
	}
	if err != nil {
		return nil, err
	}
	old := c.CachedInfo().Config
	if cfg := e.cfg.consumer(&old, line); cfg.AckWait != old.AckWait {
		return e.calls.UpdateConsumer(ctx, cfg)
	}
	return c, nil
}

// run runs fn in a goroutine that Close waits for, unless the engine is closed.
func (e *Engine) run(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.mu.closed {
		e.running.Go(fn)
	}
}

// maxMessage is how large a message may be; the rest is for headers.
func (e *Engine) maxMessage() int { return int(e.nc.MaxPayload()) - 1024 }

// brief returns the beginning of a text: so much that it fits into a message beside other things
// though JSON may make six bytes of one.
func (e *Engine) brief(text string) string { return text[:min(len(text), e.maxMessage()/8)] }

// Close implements cluster.Engine. Calls in flight end as Detached here; they still run.
// Close should be called when Serve has returned; otherwise it makes Serve return an
// error. An engine closes by itself when the server refuses the connection for good. On a
// connection that stands still Close may take 10 s, the bound of a write.
func (e *Engine) Close() error {
	e.end(cluster.ErrClosed)
	e.running.Wait()
	return nil
}

// end lets go of everything, because of why.
func (e *Engine) end(why error) {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return
	}
	e.mu.closed = true
	clients := slices.Collect(maps.Values(e.mu.clients))
	e.mu.Unlock()
	e.cancel(why)
	e.audits.Stop()
	for _, f := range clients {
		f.stop()
	}
	e.pub.close()
	e.nc.RemoveStatusListener(e.status)
	e.nc.Close()
	e.detach()
}
