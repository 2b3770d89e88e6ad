package stream_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A site is a pool of a wild program, and what is at work in it.
type site struct {
	p             *pool.Pool
	workers       int64
	maxWeight     int64
	slots, weight gauge
}

// An area is where stages run: a pool, or a group over an area.
type area struct {
	ex     pool.Executor
	site   *site
	outer  *area // nil of a pool
	limit  int64 // 0: none
	inside gauge
	end    context.CancelCauseFunc // of a group
}

func (w *wild) newSite() {
	s := &site{workers: 1 + w.rnd.Int64N(3)}
	opts := []millrace.PoolOption{millrace.WithWorkers(int(s.workers)), millrace.WithIdleTimeout(0)}
	if !w.quiet {
		opts[1] = millrace.WithIdleTimeout(time.Duration(w.rnd.IntN(20)) * ms)
	}
	if w.one(4) {
		opts = append(opts, millrace.WithQueue(w.rnd.IntN(3)), millrace.WithOverflow(millrace.Overflow(w.rnd.IntN(4))))
	}
	if w.one(4) {
		s.maxWeight = 2 + w.rnd.Int64N(2)
		opts = append(opts, millrace.WithMaxWeight(s.maxWeight))
	}
	if w.one(6) {
		opts = append(opts, millrace.WithRate(float64(100*(1+w.rnd.IntN(20))), 1+w.rnd.IntN(3)))
	}
	s.p = pool.New(opts...)
	w.sites = append(w.sites, s)
	a := &area{ex: s.p, site: s}
	w.areas = append(w.areas, a)
	w.log("pool of %d, weight %d", s.workers, s.maxWeight)
	for range w.rnd.IntN(3) {
		a = w.newGroup(a)
	}
}

// newGroup makes a group over an area.
func (w *wild) newGroup(outer *area) *area {
	var opts []millrace.GroupOption
	a := &area{site: outer.site, outer: outer}
	opts = append(opts, []millrace.GroupOption{nil, millrace.CollectErrors(), millrace.IgnoreErrors()}[w.rnd.IntN(3)])
	if w.one(2) {
		a.limit = 1 + w.rnd.Int64N(3)
		opts = append(opts, millrace.WithLimit(int(a.limit)))
	}
	if w.one(6) {
		opts = append(opts, millrace.WithRate(float64(100*(1+w.rnd.IntN(20))), 1+w.rnd.IntN(3)))
	}
	ctx, end := context.WithCancelCause(bg)
	a.ex, a.end = pool.NewGroup(ctx, outer.ex, opts...), end
	w.areas = append(w.areas, a)
	w.log("group with limit %d", a.limit)
	return a
}

// source returns a stream of items, from one of several sources, which end with the run.
func (w *wild) source(items []item[int]) ints {
	kind := w.rnd.IntN(4)
	w.log("source %d", kind)
	nap := func(ctx context.Context, v int) error { return sleep(ctx, time.Duration(v*7%4)*w.nap) }
	switch kind {
	case 0:
		next := 0
		return stream.FromFunc(func(ctx context.Context) (int, error) {
			defer w.r.call()()
			w.inline()
			if next == len(items) {
				return 0, io.EOF
			}
			it := items[next]
			next++
			if err := nap(ctx, it.v); err != nil {
				return 0, err
			}
			return it.v, it.err
		})
	case 1:
		ch := make(chan item[int], len(items))
		for _, it := range items {
			ch <- it
		}
		close(ch)
		return stream.Transform(stream.FromChan(ch), func(it item[int]) (int, error) { return it.v, it.err })
	case 2:
		return from(items)
	}
	return stream.From(func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			defer w.r.call()()
			for _, it := range items {
				w.inline()
				if nap(ctx, it.v) != nil || !yield(it.v, it.err) {
					return
				}
			}
		}
	})
}

// background submits tasks that the run shares its pools with.
func (w *wild) background() {
	if w.quiet {
		return
	}
	for _, s := range w.sites {
		for range w.rnd.IntN(6) {
			d := time.Duration(w.rnd.IntN(5)) * ms
			prio := w.rnd.IntN(3) - 1
			go pool.Go(bg, s.p, func(ctx context.Context) error {
				s.slots.add(1)
				defer s.slots.add(-1)
				return sleep(ctx, d)
			}, millrace.WithPriority(prio), millrace.WithWeight(0), millrace.WithOverflow(millrace.Reject))
		}
	}
}

// levers draws what happens to the run.
func (w *wild) levers() {
	for range max(0, w.rnd.IntN(5)-1) {
		name, do := w.lever()
		if w.one(3) {
			at := int64(1 + w.rnd.IntN(30))
			w.log("%s in call %d", name, at)
			w.each = append(w.each, func(n int64) {
				if n == at {
					do()
				}
			})
			continue
		}
		at := time.Duration(w.rnd.IntN(60)) * ms / 2
		w.log("%s at %v", name, at)
		time.AfterFunc(at, do)
	}
}

// lever draws one of the levers.
func (w *wild) lever() (name string, do func()) {
	a := w.areas[w.rnd.IntN(len(w.areas))]
	s := a.site
	g, _ := a.ex.(*pool.Group)
	n := w.rnd.Int64N(3)
	refuses := func() { w.refuses = true }
	switch w.rnd.IntN(16) {
	case 0, 1, 2:
		return "cancel", func() {
			w.endAt.CompareAndSwap(0, time.Now().UnixNano())
			w.cancel(errLever)
		}
	case 3, 4:
		wait := time.Duration(w.rnd.IntN(20)) * ms
		return "Pause", func() { s.p.Pause(); time.AfterFunc(wait, s.p.Resume) }
	case 5, 6:
		return "Resize", func() { s.p.Resize(1 + int(n%s.workers)) }
	case 7:
		refuses()
		return "Drop", func() { s.p.Drop(errLever) }
	case 8:
		refuses()
		return "Stop", func() { s.p.Stop(errLever) }
	case 9:
		refuses()
		return "Seal", func() { s.p.Seal() }
	case 10:
		refuses()
		w.quiet = false
		return "Close", func() { go s.p.Close() }
	case 11:
		refuses()
		w.quiet = false
		ctx, cancel := context.WithTimeout(bg, time.Duration(n)*5*ms)
		return "Shutdown", func() {
			go func() {
				defer cancel()
				var left *pool.ShutdownError
				if err := s.p.Shutdown(ctx); err != nil && !errors.As(err, &left) {
					w.r.Errorf("Shutdown() = %v", err)
				}
			}()
		}
	case 12, 13:
		if g != nil {
			refuses()
			return "Cancel", func() { g.Cancel(errLever) }
		}
	case 14:
		if g != nil && a.limit > 0 {
			return "SetLimit", func() { g.SetLimit(1 + int(n%a.limit)) }
		}
	case 15:
		if g != nil {
			refuses()
			return "end", func() { a.end(errLever) }
		}
	}
	return "Stats", func() { w.stats(s) }
}
