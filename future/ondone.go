package future

import "github.com/millrace-go/millrace/internal/outcome"

// OnDone registers fn, which is called once, with the future, when the future has
// settled. The goroutine that settles the future calls it, without holding a lock;
// several functions are called in order of registration. If the future has settled
// already, OnDone itself calls fn, before it returns.
//
// Waiters are released before fn is called, so [Future.Await] may return before fn has
// run. fn should be quick: it delays the functions that were registered after it, and
// Close of the future's pool waits for it. To wait, use [Future.Await]; to continue with
// the value, use pool.Then. In a chain of promises that functions of OnDone settle, each
// call runs inside the one before it.
//
// stop takes the registration back, and reports whether it did so before fn was called.
//
// A panic of fn is contained, and the functions after it still run. The pool of the task
// counts the panic, as CallbackPanics in its Stats, and tells its observer if that is a
// millrace.PoolObserver. The panic is reported nowhere if OnDone itself has called fn, or
// if the future has no pool. A Goexit of fn ends the goroutine that settled the future,
// after the other functions have run; if the goroutine is a pool's, the pool starts
// another one.
func (f *Future[T]) OnDone(fn func(*Future[T])) (stop func() bool) {
	t := f.task("OnDone")
	if fn == nil {
		panic("future: OnDone: nil function")
	}
	c := &callback[T]{f: f, fn: fn}
	if !t.AttachCall(&c.Waiter, c) {
		outcome.Call(func() { c.Fire(&c.Waiter) })
		return func() bool { return false }
	}
	return func() bool {
		stopped := t.Detach(&c.Waiter)
		if stopped {
			c.fn = nil
		}
		return stopped
	}
}

// A callback is a function registered by OnDone.
type callback[T any] struct {
	outcome.Waiter
	f  *Future[T]
	fn func(*Future[T])
}

// Fire implements outcome.Target.
func (c *callback[T]) Fire(*outcome.Waiter) {
	fn := c.fn
	c.fn = nil // stop may be kept for long
	fn(c.f)
}
