package temporal

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/cluster"
)

// Engine is a connection to a queue. It implements cluster.Engine, and may be shared by
// clients and workers.
type Engine struct {
	cfg    Config
	client client.Client

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
	asking  chan struct{} // one for each abort under way

	mu struct {
		sync.Mutex
		closed bool
		calls  map[string][]*call // by id: calls whose outcome has not come
	}
	watch  watch
	unsure atomic.Int64 // aborts whose outcome is not known
	made   time.Time
	heard  atomic.Int64 // when the server answered last; nanoseconds since made
}

// maxAsking bounds the aborts that talk to the server at once: the end of a context
// may abort thousands of calls.
const maxAsking = 16

// Connect connects to a server. It returns an error if the server cannot be reached
// before ctx ends; later the connection is made again for as long as it takes. It panics
// if cfg is out of range.
func Connect(ctx context.Context, cfg Config) (*Engine, error) {
	cfg.check()
	c, err := client.DialContext(ctx, cfg.Client)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	e := &Engine{cfg: cfg, client: c, asking: make(chan struct{}, maxAsking), made: time.Now()}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.mu.calls = make(map[string][]*call)
	e.watch.wake = make(chan struct{}, 1)
	e.running.Go(e.look)
	return e, nil
}

// Close implements cluster.Engine. Calls in flight end as Detached here; they still run.
// Close should be called when Serve has returned.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return nil
	}
	e.mu.closed = true
	calls := e.mu.calls
	e.mu.calls = nil
	e.mu.Unlock()
	e.cancel()
	for _, ks := range calls {
		for _, k := range ks {
			k.done(cluster.Outcome{ID: k.id, Kind: cluster.Detached, Fault: cluster.NewFault("the engine was closed")})
		}
	}
	e.running.Wait()
	e.client.Close()
	return nil
}
