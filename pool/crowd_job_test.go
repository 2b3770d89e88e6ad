package pool_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/taskctx"
	"github.com/millrace-go/millrace/pool"
)

// A job is a task of a crowd, and what is known of it.
type job struct {
	c         *crowd
	f         *intFuture
	at        *place
	in        *intFuture // of a Then
	ctx       context.Context
	submitted time.Time
	attempts  int32
	weight    int64
	key       int // 0: none
	delay     time.Duration
	maxWait   time.Duration

	calls, running, settled atomic.Int32
	settledAt               atomic.Int64

	mu   sync.Mutex
	ctxs []context.Context // of its attempts
}

func (c *crowd) newJob(ctx context.Context) *job {
	return &job{c: c, at: c.place(), ctx: ctx, submitted: time.Now(), attempts: 1, weight: 1}
}

func (c *crowd) submit(ctx context.Context) *intFuture { return c.submitTo(ctx, c.place()) }

func (c *crowd) submitTo(ctx context.Context, at *place) *intFuture {
	j := c.newJob(ctx)
	j.at = at
	j.f = pool.Submit(ctx, at.ex, j.run, j.options()...)
	c.inTime("Submit", ctx, j.submitted)
	return j.taken()
}

// then submits a task that continues with a future.
func (c *crowd) then(ctx context.Context, in *intFuture) *intFuture {
	j := c.newJob(ctx)
	j.in = in
	j.f = pool.Then(ctx, j.at.ex, in, func(ctx context.Context, _ int) (int, error) {
		if s := in.State(); s != future.Succeeded {
			c.errorf("Then calls its function, and its input is %v", s)
		}
		return j.run(ctx)
	}, j.options()...)
	c.inTime("Then", ctx, j.submitted)
	return j.taken()
}

func (j *job) taken() *intFuture {
	c := j.c
	j.f.OnDone(func(f *intFuture) {
		if j.settled.Add(1) > 1 || !f.State().Settled() {
			c.errorf("OnDone is called %d times, %v", j.settled.Load(), f)
		}
		j.settledAt.Store(time.Now().UnixNano())
	})
	c.mu.Lock()
	c.jobs = append(c.jobs, j)
	c.mu.Unlock()
	return c.keep(j.f)
}

func (j *job) options() (opts []millrace.TaskOption) {
	c := j.c
	for range c.dice(4) {
		switch c.dice(9) {
		case 0:
			j.delay = c.time()
			opts = append(opts, millrace.WithDelay(j.delay))
		case 1:
			opts = append(opts, millrace.WithTimeout(c.time()))
		case 2:
			j.maxWait = c.time()
			opts = append(opts, millrace.WithMaxWait(j.maxWait))
		case 3, 4:
			j.key = 1 + c.dice(2)
			opts = append(opts, millrace.WithKey(j.key))
		case 5:
			opts = append(opts, millrace.WithPriority(c.dice(2)))
		case 6:
			opts = append(opts, millrace.WithFlow(c.dice(2)))
		case 7:
			delay := time.Duration(c.dice(3)) * 500 * time.Millisecond
			j.attempts = 3
			opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return delay, n < 3 }))
		case 8:
			j.weight = int64(c.dice(3))
			opts = append(opts, millrace.WithWeight(j.weight))
		}
	}
	return opts
}

// deadline is that of the submit context, unless it is a task's own: then a group that the task
// is a member of may be what bounds its children.
func (j *job) deadline() (time.Time, bool) {
	if _, own := j.ctx.(*taskctx.Item); own && j.at.outer != nil {
		return time.Time{}, false
	}
	return j.ctx.Deadline()
}

// run is the function of the task.
func (j *job) run(ctx context.Context) (int, error) {
	c, now := j.c, time.Now()
	n := j.calls.Add(1)
	end, ends := j.deadline()
	site := j.at.site
	switch {
	case n > j.attempts || j.running.Add(1) > 1:
		c.errorf("call %d of a function, %d at once", n, j.running.Load())
	case ends && now.After(end):
		c.errorf("call %d begins %v after the end of the submit context", n, now.Sub(end))
	case j.delay > 0 && now.Sub(j.submitted) < j.delay:
		c.errorf("a task with a delay of %v begins after %v", j.delay, now.Sub(j.submitted))
	case n == 1 && j.maxWait > 0 && now.Sub(j.submitted) > j.maxWait:
		c.errorf("a task with a maximum wait of %v begins after %v", j.maxWait, now.Sub(j.submitted))
	case site.paused.over():
		c.errorf("call %d begins in a pause", n)
	case site.ended.over():
		c.errorf("call %d begins after the end of the pool", n)
	case int(n) != pool.Attempt(ctx):
		c.errorf("Attempt() = %d in call %d", pool.Attempt(ctx), n)
	}
	defer j.running.Add(-1)
	for p := j.at; p != nil; p = p.outer {
		if p.ended.over() {
			c.errorf("call %d begins after the end of a group", n)
		}
	}
	if j.key > 0 {
		site.keys[j.key-1].add(1)
		defer site.keys[j.key-1].add(-1)
	}
	j.mu.Lock()
	j.ctxs = append(j.ctxs, ctx)
	j.mu.Unlock()
	return c.body(ctx, j.at, j.weight)
}

// check looks at the outcome of the task.
func (j *job) check(c *crowd) {
	state, calls := j.f.State(), j.calls.Load()
	_, err := j.f.Await(bg)
	ok := false
	switch state {
	case future.Succeeded:
		ok = calls > 0 && err == nil
	case future.Failed:
		ok = (calls > 0 || j.in != nil && j.in.State() == state) && known(err)
	case future.Cancelled:
		ok = calls == 0 && errors.Is(err, future.ErrCancelled) && known(err)
	}
	if !ok || j.settled.Load() != 1 {
		c.errorf("%v after %d calls of its function and %d of OnDone, error %v", state, calls, j.settled.Load(), err)
	}
	if end, ends := j.deadline(); ends && state == future.Cancelled && j.settledAt.Load() > max(end.UnixNano(), j.submitted.UnixNano()) {
		c.errorf("a task that never ran settles %v after the end of its submit context: %v", time.Duration(j.settledAt.Load()-end.UnixNano()), err)
	}
	for _, ctx := range j.ctxs {
		if ctx.Err() == nil || !known(context.Cause(ctx)) {
			c.errorf("the context of a settled task has the cause %v", context.Cause(ctx))
		}
	}
}

// inTime fails unless a call that began at some time has returned by the end of its context.
func (c *crowd) inTime(call string, ctx context.Context, began time.Time) {
	end, ends := ctx.Deadline()
	if late := min(time.Since(end), time.Since(began)); ends && late > 0 {
		c.errorf("%s returns %v after the end of its context", call, late)
	}
}

// A crowdObserver checks the order of the calls for each task.
type crowdObserver struct {
	c  *crowd
	s  *site
	mu sync.Mutex

	all []*told
}

// told is the calls for a task.
type told struct {
	busy                     atomic.Bool
	started, ended, neverRan int
}

func (o *crowdObserver) at(t *millrace.TaskInfo, note func(*told)) {
	s, ok := t.Note.(*told)
	if !ok || !s.busy.CompareAndSwap(false, true) {
		o.c.errorf("an observer is called twice at once for a task, or without Submitted: %+v", t)
		return
	}
	if note(s); s.started-s.ended < 0 || s.started-s.ended > 1 || s.neverRan > 1 || s.neverRan*s.started != 0 {
		o.c.errorf("the calls of an observer for a task are %+v", s)
	}
	if o.c.dice(8) == 0 {
		stats(o.c.t, o.s.p)
	}
	s.busy.Store(false)
}

func (o *crowdObserver) Submitted(ctx context.Context, t *millrace.TaskInfo) context.Context {
	s := new(told)
	t.Note = s
	o.mu.Lock()
	o.all = append(o.all, s)
	o.mu.Unlock()
	return ctx
}

func (o *crowdObserver) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	o.at(t, func(s *told) { s.started++ })
	return ctx
}

func (o *crowdObserver) Ended(_ context.Context, t *millrace.TaskInfo) {
	o.at(t, func(s *told) { s.ended++ })
}

func (o *crowdObserver) NeverRan(_ context.Context, t *millrace.TaskInfo) {
	o.at(t, func(s *told) { s.neverRan++ })
	if t.Err == nil || !known(t.Err) {
		o.c.errorf("an observer is told that a task never ran because of %v", t.Err)
	}
}

func (o *crowdObserver) check() {
	for _, s := range o.all {
		if s.started != s.ended || (s.ended == 0) != (s.neverRan == 1) {
			o.c.errorf("in the end the calls of an observer for a task are %+v", s)
		}
	}
	if n := o.s.p.Stats().DroppedObservers; n != 0 {
		o.c.errorf("%d observers were dropped", n)
	}
}
