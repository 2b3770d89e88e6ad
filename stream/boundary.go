package stream

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/fault"
)

// errOver is the cause of the contexts of stages that were ended from below.
var errOver = errors.New("stream: the stages below have ended")

// A boundary lies between a stage and the stages above it, where those run in
// goroutines of their own. Items cross it downwards. So must three things that the call
// stack passes on within one goroutine:
//
//   - upwards, the end of the stages below, as the end of the context;
//   - downwards, a panic or Goexit of the stages above;
//   - downwards, that the stages above were cut short.
type boundary struct {
	ctx    context.Context // of the stages above
	cancel context.CancelCauseFunc
	over   atomic.Bool // the stages below have ended
	cut    atomic.Bool // the stages above were cut short, see pass
	exit   atomic.Pointer[exit]
}

// An exit is how a function above the boundary ended without returning: by a
// panic, or by Goexit if panicked is nil.
type exit struct{ panicked *future.PanicError }

func (b *boundary) open(ctx context.Context) {
	b.ctx, b.cancel = context.WithCancelCause(ctx)
}

// end tells the stages above that no more items are wanted. It does not wait
// for them.
func (b *boundary) end() {
	b.over.Store(true)
	b.cancel(errOver)
}

// produce is one pass over s in the calling goroutine, which is a producer of
// the boundary. It reports to b how the pass ended, and then calls ended. A
// panic or Goexit of one producer ends the contexts of all.
func produce[T any](b *boundary, s Stream[T], put func(T, error) bool, ended func()) {
	returned := false
	defer func() {
		if !returned {
			b.exited(recover())
		}
		ended()
	}()
	if s.each(b.ctx, put) {
		b.cut.Store(true)
	}
	returned = true
}

// exited stores what recover returned for a pass that did not return. Of
// several the first counts.
func (b *boundary) exited(value any) {
	e := new(exit)
	if value != nil {
		e.panicked = asPanic(value)
	}
	b.exit.CompareAndSwap(nil, e)
	b.cancel(errOver)
}

// rethrow repeats the panic or Goexit of the stages above. It is called when all
// producers have ended, and never from a deferred call: a panic of the stages
// below takes precedence.
func (b *boundary) rethrow() {
	switch e := b.exit.Load(); {
	case e == nil:
	case e.panicked == nil:
		runtime.Goexit()
	default:
		panic(e.panicked)
	}
}

// asPanic gives a panic the stack that is being unwound. One that has crossed a
// boundary before keeps the stack it has.
func asPanic(value any) *future.PanicError {
	if p, ok := value.(*future.PanicError); ok && p != nil {
		return p
	}
	return fault.New(value)
}

// A buffered boundary has one producer, which runs ahead of the consumer as far as there is
// room. Each waits for the other at a channel that has room for one signal.
type buffered struct {
	boundary
	news chan struct{} // wakes the consumer
	room chan struct{} // wakes the producer
	done chan struct{} // closed when the producer has ended

	mu    sync.Mutex
	ended bool // no more items will be put
}

// notify wakes the receiver of ch, whose capacity is 1.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // it will be woken anyway, and then looks at everything
	}
}

// runAhead is the pass of a stage below b: s runs in a goroutine of its own and puts its items,
// and deliver passes them on until there are no more, or until the stages below have enough:
// then it reports false.
func runAhead[T any](ctx context.Context, b *buffered, s Stream[T], put func(T, error) bool, deliver func() (more bool)) (cut bool) {
	b.news, b.room, b.done = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
	b.open(ctx)
	go produce(&b.boundary, s, put, b.close)
	more := func() bool {
		defer b.join()
		return deliver()
	}()
	b.rethrow()
	return more && b.cut.Load()
}

// close says that the producer has ended.
func (b *buffered) close() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	notify(b.news)
	close(b.done)
}

// join ends the stages above and returns when they have ended.
func (b *buffered) join() {
	b.end()
	notify(b.room)
	<-b.done
}
