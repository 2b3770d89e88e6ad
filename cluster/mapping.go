package cluster

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/fault"
)

// A source calls each for the items of a map's input, until it reports false.
type source[I any] func(ctx context.Context, each func(I, error) bool)

// An entry is what the feeder sends to the sender: an item, an error in its place, or the
// request to send what there is, because the window is full.
type entry[I any] struct {
	v     I
	err   error
	flush bool
}

// A mapping is one run of a map.
//
// The feeder takes a place for each item before it pulls the item, and the consumer
// frees it when the item is delivered.
type mapping[I, O any] struct {
	task   *Task[I, O]
	client *Client
	ctx    context.Context
	cancel context.CancelCauseFunc
	mapSettings

	places  chan struct{}
	items   chan entry[I]
	item    I // that is encoded; of the sender
	parts   partQueue[O]
	slots   chan struct{} // calls that may be in flight; nil: any number
	idle    chan struct{} // told when no call is in flight
	out     atomic.Int64  // calls in flight
	cut     atomic.Bool   // the input was not read to its end
	running sync.WaitGroup
	calls   sync.WaitGroup // calls in flight
	fed     ending         // how ranging over the input ended
	sent    ending         // how the sender ended: it calls the codec, the propagator and the engine
}

// feed ranges over the input.
func (m *mapping[I, O]) feed(in source[I]) {
	defer close(m.items)
	m.guard(&m.fed, func() {
		goes := m.place()
		if goes {
			in(m.ctx, func(v I, err error) bool {
				goes = m.enqueue(entry[I]{v: v, err: err}) && m.place()
				return goes
			})
		}
		m.cut.Store(!goes)
	})
}

// place waits for room in the window.
func (m *mapping[I, O]) place() bool {
	select {
	case m.places <- struct{}{}:
		return true
	default:
	}
	if !m.enqueue(entry[I]{flush: true}) {
		return false
	}
	select {
	case m.places <- struct{}{}:
		return true
	case <-m.ctx.Done():
		return false
	}
}

// enqueue sends an entry to the sender. A select of one case is several times faster than one of
// two, and mostly there is room.
func (m *mapping[I, O]) enqueue(e entry[I]) bool {
	if m.ctx.Err() != nil {
		return false
	}
	select {
	case m.items <- e:
		return true
	default:
	}
	select {
	case m.items <- e:
		return true
	case <-m.ctx.Done():
		return false
	}
}

// send makes calls of the items. When it returns, all of them have settled.
func (m *mapping[I, O]) send() {
	defer m.parts.end()
	defer m.calls.Wait()
	m.guard(&m.sent, m.sendAll)
}

func (m *mapping[I, O]) sendAll() {
	b := &batch{chunk: m.chunk}
	for {
		e, got, more := m.next(b)
		switch {
		case !more:
			m.flush(b)
			return
		case !got, e.flush:
			m.flush(b)
		case e.err != nil:
			m.flush(b)
			m.parts.push(part[O]{err: e.err})
		default:
			m.add(b, e.v)
		}
	}
}

// next returns the next entry. It returns got = false if there is none yet while nothing is out:
// then what has been collected should go.
func (m *mapping[I, O]) next(b *batch) (e entry[I], got, more bool) {
	for {
		if b.n > 0 && m.out.Load() == 0 {
			select {
			case e, more = <-m.items:
				return e, true, more
			default:
				return e, false, true
			}
		}
		select {
		case e, more = <-m.items:
			return e, true, more
		default:
		}
		idle := m.idle
		if b.n == 0 {
			idle = nil
		}
		select {
		case e, more = <-m.items:
			return e, true, more
		case <-idle:
		}
	}
}

// add encodes an item and sends the batch if it is full.
func (m *mapping[I, O]) add(b *batch, v I) {
	m.item = v // a variable of its own would be allocated for each
	body, err := m.task.encode(&m.item)
	if err != nil {
		m.flush(b)
		m.parts.push(part[O]{err: &Error{Task: m.task.name, Text: fmt.Sprintf("input: %v", err), wraps: []error{err, future.ErrCancelled}}})
		return
	}
	if b.n > 0 && !b.fits(body) {
		m.flush(b)
	}
	b.add(body)
	if b.full() {
		m.flush(b)
	}
}

// flush sends the batch as one call.
func (m *mapping[I, O]) flush(b *batch) {
	if b.n == 0 {
		return
	}
	if m.slots != nil {
		select {
		case m.slots <- struct{}{}:
		case <-m.ctx.Done(): // the submit below refuses it
			m.slots = nil
		}
	}
	slots := m.slots
	p := part[O]{n: b.n, future: m.task.submitBatch(m.ctx, m.client, b, m.submission)}
	m.out.Add(1)
	m.calls.Add(1)
	b.reset()
	if !m.unordered {
		m.parts.push(p)
	}
	p.future.OnDone(func(*future.Future[[]future.Result[O]]) {
		defer m.calls.Done()
		if m.unordered {
			m.parts.push(p)
		}
		if slots != nil {
			<-slots
		}
		if m.out.Add(-1) == 0 {
			select {
			case m.idle <- struct{}{}:
			default:
			}
		}
	})
}

// guard runs fn. If that does not return, what is out is aborted: the panic or Goexit is to
// go on in the caller's goroutine, and not when the calls that run have ended by themselves.
func (m *mapping[I, O]) guard(e *ending, fn func()) {
	defer func() { // also after a Goexit, which nothing stops
		if e.panicked != nil || e.goexit {
			m.cancel(errMapEnded)
		}
	}()
	e.guard(fn)
}

// An ending is how the goroutine that runs a caller's function ended.
type ending struct {
	panicked *future.PanicError
	goexit   bool
}

// guard runs fn, and notes a panic or a Goexit of it.
func (e *ending) guard(fn func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if x := recover(); x != nil {
			e.panicked = fault.New(x)
			return
		}
		e.goexit = true
	}()
	fn()
	returned = true
}

// rethrow goes on with the panic, or the Goexit, in the caller's goroutine.
func (e *ending) rethrow() {
	if e.panicked != nil {
		panic(e.panicked)
	}
	if e.goexit {
		runtime.Goexit()
	}
}
