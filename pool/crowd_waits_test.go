package pool_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// waits calls a wait for futures, which must end with its context and must not give up futures
// that have settled.
func (c *crowd) waits(what string, ctx context.Context, wait func() error, fs ...*intFuture) {
	began, settled := time.Now(), !slices.ContainsFunc(fs, func(f *intFuture) bool { return !f.State().Settled() })
	err := wait()
	c.inTime(what, ctx, began)
	if errors.Is(err, future.ErrNotDone) && (ctx.Err() == nil || !errors.Is(err, ctx.Err()) || settled) {
		c.errorf("%s = %v, with a context that has %v, of futures that had settled: %v", what, err, ctx.Err(), settled)
	}
	if err != nil && !known(err) {
		c.errorf("%s = %v", what, err)
	}
}

func (c *crowd) await(ctx context.Context) {
	f := c.some()
	c.waits("Await", ctx, func() error { _, err := f.Await(ctx); return err }, f)
}

func (c *crowd) next(ctx context.Context) {
	began := time.Now()
	f, err := c.set.Next(ctx)
	c.inTime("Next", ctx, began)
	if err == nil && !f.State().Settled() {
		c.errorf("Next yields %v", f)
	}
}

func (c *crowd) several(ctx context.Context) {
	fs := []*intFuture{c.some(), c.submit(ctx), c.some()}
	name := anyOf(c, "All", "AllSettled", "Any", "Race", "Wait")
	c.waits(name, ctx, func() (err error) {
		switch name {
		case "All":
			_, err = future.All(ctx, fs...)
		case "AllSettled":
			_, err = future.AllSettled(ctx, fs...)
		case "Any":
			_, err = future.Any(ctx, fs...)
		case "Race":
			_, err = future.Race(ctx, fs...)
		default:
			var done, not []*intFuture
			done, not, err = future.Wait(ctx, anyOf(c, future.AllCompleted, future.FirstCompleted, future.FirstFailed), fs...)
			if len(done)+len(not) != 3 || slices.ContainsFunc(done, func(f *intFuture) bool { return !f.State().Settled() }) {
				c.errorf("Wait() = %v, %v", done, not)
			}
		}
		return err
	}, fs...)
}

func (c *crowd) completed(ctx context.Context) {
	began, left := time.Now(), 1+c.dice(4)
	for f := range future.AsCompleted(ctx, c.some(), c.submit(ctx), c.submit(ctx), c.some()) {
		if !f.State().Settled() {
			c.errorf("AsCompleted yields %v", f)
		}
		if left--; left == 0 {
			break
		}
	}
	c.inTime("AsCompleted", ctx, began)
}

// permit works with a permit.
func (c *crowd) permit(ctx context.Context) {
	at, began := c.place(), time.Now()
	j := &job{c: c, at: at, weight: 1, attempts: 1}
	release, err := pool.Acquire(ctx, at.ex, j.options()...)
	c.inTime("Acquire", ctx, began)
	if (err == nil) == (release == nil) || err != nil && (!errors.Is(err, future.ErrCancelled) || !known(err)) {
		c.errorf("Acquire() = %v", err)
	}
	if err != nil {
		return
	}
	if j.key > 0 {
		at.site.keys[j.key-1].add(1)
	}
	c.work(at, j.weight)
	if j.key > 0 {
		at.site.keys[j.key-1].add(-1)
	}
	release()
	release()
}

func (c *crowd) promise(context.Context) {
	p := future.NewPromise[int]()
	time.AfterFunc(c.time(), func() { settle(p, c.dice(2) == 0) })
	c.keep(p.Future())
}

// promiseFunc makes a promise whose work runs elsewhere: its abort settles, submits or refuses.
func (c *crowd) promiseFunc(ctx context.Context) {
	var p *future.Promise[int]
	how := c.dice(4)
	p = future.NewPromiseFunc[int](func(cause error) bool {
		switch how {
		case 0:
			return p.NeverRan(cause)
		case 1:
			return p.Reject(cause)
		case 2:
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.time())
			time.AfterFunc(time.Minute, cancel)
			c.then(ctx, c.some()).OnDone(func(*intFuture) { p.Reject(errBoom) }) // Submit might block
			return true
		}
		return false
	})
	if c.dice(2) == 0 {
		p.Start()
	}
	time.AfterFunc(c.time(), func() { settle(p, c.dice(2) == 0) })
	f := c.keep(p.Future())
	c.waits("Await", ctx, func() error { _, err := f.Await(ctx); return err }, f)
}
