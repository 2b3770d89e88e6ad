package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// modelLevers is what was done to the pool as a whole, guarded by model.mu.
type modelLevers struct {
	sealed    int64   // when the first call that stops admission began; 0: none has
	isSealed  int64   // when the first such call was over
	stopped   int64   // the same of Stop
	isStopped int64   //
	stops     []error // the causes that Stop was called with
	drops     []error // the same of Drop
	paused    bool    // by now nothing starts
	pool      *modelCtx
	initErrs  []error // what WithInit failed with
}

type modelInitKey struct{}

// poolOptions are those of New.
func (m *model) poolOptions() []millrace.PoolOption {
	opts := []millrace.PoolOption{
		millrace.WithWorkers(m.cfg.workers),
		millrace.WithIdleTimeout(m.cfg.idle),
		millrace.WithOverflow(m.cfg.overflow),
	}
	if m.cfg.queue >= 0 {
		opts = append(opts, millrace.WithQueue(m.cfg.queue))
	}
	if m.cfg.maxWeight > 0 {
		opts = append(opts, millrace.WithMaxWeight(m.cfg.maxWeight))
	}
	if m.rate.on() {
		opts = append(opts, m.rate.option())
	}
	if m.cfg.init != "" {
		opts = append(opts, millrace.WithInit(m.init))
	}
	if m.cfg.context {
		m.levers.pool = m.newCtx()
		opts = append(opts, millrace.WithContext(m.levers.pool.ctx))
	}
	return opts
}

// init is the function of WithInit.
func (m *model) init(ctx context.Context) (context.Context, error) {
	m.initing.Add(1)
	defer m.initing.Add(-1)
	n := m.inits.Add(1)
	m.logf("  init %d", n)
	if m.cfg.init == "slow" {
		time.Sleep(5 * time.Millisecond)
	}
	if m.cfg.init == "ok" || m.cfg.init == "slow" || n <= int64(m.cfg.initOK) {
		return context.WithValue(ctx, modelInitKey{}, n), nil
	}
	err := fmt.Errorf("model: init %d failed", n)
	m.mu.Lock()
	m.levers.initErrs = append(m.levers.initErrs, err)
	m.mu.Unlock()
	m.broke.Store(true)
	switch m.cfg.init {
	case "panic":
		panic(err)
	case "goexit":
		runtime.Goexit()
	}
	return nil, err
}

func (m *model) opCancel() {
	if t := m.pick(m.in.next()); t != nil {
		m.aside(func() { m.cancelTask(t) })
	}
}

// cancelTask cancels t and checks that it took one step.
func (m *model) cancelTask(t *modelTask) {
	m.mu.Lock()
	t.cancels = true
	m.mu.Unlock()
	got := t.f.Cancel()
	m.logf("  Cancel() of %v = %v", t, got)
	state := t.f.State()
	if got != (state == future.Cancelled) || state == future.Pending {
		m.failf("Cancel() of %v = %v; then it is %v", t, got, t.f)
	}
}

func (m *model) opAbort() {
	t := m.pick(m.in.next())
	if t == nil {
		return
	}
	cause := fmt.Errorf("model: abort of %v", t)
	m.aside(func() {
		m.mu.Lock()
		t.aborts = append(t.aborts, cause)
		m.mu.Unlock()
		got := t.f.Abort(cause)
		m.logf("  Abort() of %v = %v", t, got)
		state := t.f.State()
		m.mu.Lock()
		defer m.mu.Unlock()
		t.aborted = t.aborted || got
		if state == future.Pending || !got && state == future.Running && t.own != nil && !t.own.over && t.own.ctx.Err() == nil {
			m.failf("Abort() of %v = %v; then it is %v", t, got, state)
		}
	})
}

// opEndCtx ends a context. Whatever was pending under it has settled at once.
func (m *model) opEndCtx() {
	m.mu.Lock()
	c := m.ctxs[len(m.ctxs)-1-m.in.next()%3]
	if c.cause == nil {
		c.cause = errors.New("model: end of " + c.name)
	}
	m.mu.Unlock()
	m.logf("  %v", c)
	m.reached("end of a context")
	if c == m.levers.pool {
		m.stopping(c.cause)
	}
	m.aside(func() { c.cancel(c.cause) })
	m.mu.Lock()
	var under []*modelTask
	for _, t := range m.tasks {
		if t.from == c && t.f != nil {
			under = append(under, t)
		}
	}
	m.mu.Unlock()
	m.aside(func() {
		for _, t := range under {
			if t.f.State() == future.Pending {
				m.failf("%v is pending after the end of %v", t, c)
			}
		}
	})
	m.newCtx()
}

// resize sets the pool's size. Stats.Running may stay at what it was.
func (m *model) resize(n int) {
	m.reached("resize")
	if m.permitHeld() {
		m.reached("resize beside a permit")
	}
	grows := n >= m.sizes[len(m.sizes)-1]
	set := func() {
		m.mu.Lock()
		m.sizes = append(m.sizes, n)
		m.mu.Unlock()
	}
	if grows {
		set()
	}
	m.ceiling.Store(max(m.ceiling.Load(), int64(n)))
	m.aside(func() { m.p.Resize(n) })
	if !grows {
		set()
	}
}

func (m *model) opLifecycle() {
	n := m.in.next()
	if n >= 80 { // most programs keep their pool
		return
	}
	switch n % 4 {
	case 0:
		m.logf("  stop")
		m.stop()
	case 1:
		m.logf("  seal")
		m.reached("seal")
		m.sealing()
		m.aside(m.p.Seal)
		m.sealed()
	case 2:
		m.logf("  close")
		m.reached("close")
		go m.close()
	case 3:
		m.logf("  shutdown")
		m.reached("shutdown")
		go m.shutdown()
	}
}

// sealing and sealed surround a call that stops admission.
func (m *model) sealing() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.levers.sealed == 0 {
		m.levers.sealed = m.stamp()
	}
}

func (m *model) sealed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.levers.isSealed == 0 {
		m.levers.isSealed = m.stamp()
	}
}

func (m *model) stopping(cause error) {
	m.sealing()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.levers.stops = append(m.levers.stops, cause)
	if m.levers.stopped == 0 {
		m.levers.stopped = m.stamp()
	}
}

func (m *model) stop() {
	m.reached("stop")
	m.mu.Lock()
	cause := fmt.Errorf("model: stop %d", len(m.levers.stops)) // a Shutdown may add to them
	m.mu.Unlock()
	m.stopping(cause)
	m.aside(func() { m.p.Stop(cause) })
	m.mu.Lock()
	m.levers.isStopped = m.stamp()
	m.mu.Unlock()
	m.sealed()
	if err := m.p.Err(); !errors.Is(err, pool.ErrStopped) && !m.broke.Load() {
		m.failf("Err() = %v after Stop, want %v", err, pool.ErrStopped)
	}
}

// close closes the pool, and checks that it has ended.
func (m *model) close() {
	m.sealing()
	m.mu.Lock()
	funcs := m.registered()
	m.mu.Unlock()
	err := m.p.Close()
	m.sealed()
	m.logf("  Close() = %v", err)
	s := m.drained("Close", err)
	if s.Goroutines != 0 {
		m.failf("Stats() = %+v after Close, want no goroutine", s)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, fn := range funcs {
		if !fn.done && !fn.stopped {
			m.failf("Close() has returned before the function %v", fn)
		}
	}
}

// drained checks what a call returned that waits until all has settled.
func (m *model) drained(call string, err error) pool.Stats {
	if why := m.p.Err(); why == nil || err != nil && !errors.Is(why, err) {
		m.failf("%s() = %v; Err() = %v", call, err, why)
	}
	s := m.p.Stats()
	if s.Queued+s.Deferred+s.Running+s.Waiting != 0 {
		m.failf("Stats() = %+v after %s, want nothing left", s, call)
	}
	return s
}

// shutdown closes the pool, or stops it after a while.
func (m *model) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	m.stopping(context.DeadlineExceeded)
	err := m.p.Shutdown(ctx)
	m.logf("  Shutdown() = %v", err)
	m.sealed()
	left, stopped := errors.AsType[*pool.ShutdownError](err)
	switch {
	case !stopped:
		m.drained("Shutdown", err)
	case !errors.Is(err, context.DeadlineExceeded) || left.Cancelled+left.Running+left.Callbacks == 0:
		m.failf("Shutdown() = %#v", err)
	default:
		m.mu.Lock()
		m.levers.isStopped = m.stamp()
		m.mu.Unlock()
	}
}
