package future

import "github.com/millrace-go/millrace/internal/cell"

// OnDone has fn called once with the settled future: in the goroutine that
// settles it, after those who wait have been released and in order of
// registration, never under a lock; or at once, in the caller's, if it is
// settled already. fn should be quick: it delays the functions after it, and
// the Close of the future's pool waits for it.
//
// A panic of fn is contained and not reported; the functions after it still
// run. A Goexit ends the goroutine that settled, after the others have run; a
// pool's own goroutine is replaced.
//
// stop takes the registration back; it reports whether it kept fn from being
// called. To wait for a future, use [Future.Await].
func (f *Future[T]) OnDone(fn func(*Future[T])) (stop func() bool) {
	core := f.core("OnDone")
	if fn == nil {
		panic("future: OnDone: nil function")
	}
	o := &observer[T]{f: f, fn: fn}
	if !core.AttachFunc(&o.Waiter, o) {
		cell.Call(o)
		return func() bool { return false }
	}
	return func() bool {
		stopped := core.Detach(&o.Waiter)
		if stopped {
			o.fn = nil
		}
		return stopped
	}
}

// An observer is a function registered by OnDone.
type observer[T any] struct {
	cell.Waiter
	f  *Future[T]
	fn func(*Future[T])
}

// Fire implements cell.Target.
func (o *observer[T]) Fire() {
	fn := o.fn
	o.fn = nil // stop may be kept for long
	fn(o.f)
}
