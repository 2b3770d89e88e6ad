package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The ends of a map before its time. Whatever ends it: when the loop statement
// is over, no item and no input runs any more.

// A probe is an endless map that knows what of it is at work.
type probe struct{ items, input gauge }

func (m *probe) in(yield func(int) bool) {
	m.input.add(1)
	defer m.input.add(-1)
	endless(yield)
}

// fn runs until its context ends for every third item.
func (m *probe) fn(ctx context.Context, v int) (int, error) {
	m.items.add(1)
	defer m.items.add(-1)
	if v%3 == 2 {
		<-ctx.Done()
		time.Sleep(time.Second) // it takes its time even then
	}
	return v, nil
}

func (m *probe) wantJoined(t *testing.T, what string) {
	t.Helper()
	if items, input := m.items.now.Load(), m.input.now.Load(); items != 0 || input != 0 {
		t.Errorf("%s: %d items and %d inputs at work after the loop, want none", what, items, input)
	}
}

func TestMapBreak(t *testing.T) {
	for _, c := range variants {
		for _, at := range []int{0, 1} { // a third result may never come
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers))
				var m probe
				n := 0
				for range pool.Map(bg, p, m.in, m.fn, c.opts...) {
					if n++; n > at {
						break
					}
				}
				m.wantJoined(t, c.name)
				synctest.Wait()
				if s := stats(t, p); s.Running+s.Queued+s.Waiting != 0 {
					t.Errorf("%s: Stats() after break = %+v, want nothing left", c.name, s)
				}
				blocker(p, c.workers)()
				p.Close()
			})
		}
	}
}

// A panic and a Goexit of the loop body go on to the caller after the join.
func TestMapExitInBody(t *testing.T) {
	for name, exit := range exits {
		for _, c := range variants {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers))
				var m probe
				recovered, returned := scopeThatExits(func() {
					defer m.wantJoined(t, name+", "+c.name)
					for range pool.Map(bg, p, m.in, m.fn, c.opts...) {
						exit()
					}
				})
				if returned || (recovered == "exit") != (name == "panic") {
					t.Errorf("%s, %s: recovered %v, returned %v, want it to go on", name, c.name, recovered, returned)
				}
				p.Close()
			})
		}
	}
}

// A panic and a Goexit of the input of Map and of ForEach go on to the caller.
func TestMapExitInInput(t *testing.T) {
	for name, exit := range exits {
		for _, c := range variants {
			if c.name == "window 1" {
				continue // the input would wait for its item, which waits for the end
			}
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers))
				var m probe
				in := func(yield func(int) bool) {
					yield(2)
					exit()
				}
				for what, run := range map[string]func(){
					"Map": func() {
						for range pool.Map(bg, p, in, m.fn, c.opts...) {
						}
					},
					"ForEach": func() {
						pool.ForEach(bg, p, in, func(ctx context.Context, v int) error { _, err := m.fn(ctx, v); return err }, c.opts...)
					},
				} {
					recovered, returned := scopeThatExits(func() {
						defer m.wantJoined(t, what)
						run()
					})
					if returned || (recovered == "exit") != (name == "panic") {
						t.Errorf("%s, %s in the input, %s: recovered %v, returned %v, want it to go on", what, name, c.name, recovered, returned)
					}
				}
				blocker(p, c.workers)()
				p.Close()
			})
		}
	}
}

// A panic and a Goexit of the function are the item's error, in its place.
func TestMapUnusualItems(t *testing.T) {
	for name, u := range unusual {
		for _, c := range variants {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers))
				fn := func(ctx context.Context, v int) (int, error) {
					if v%2 == 1 {
						return u.fn(ctx)
					}
					return v, nil
				}
				n, failed := 0, 0
				for _, err := range pool.Map(bg, p, count(6), fn, c.opts...) {
					if err != nil {
						failed++
						if !u.check(err) {
							t.Errorf("%s, %s: an item's error is %T", name, c.name, err)
						}
					}
					n++
				}
				if n != 6 || failed != 3 {
					t.Errorf("%s, %s: %d results, %d errors, want 6 and 3", name, c.name, n, failed)
				}
				_, err := pool.MapSlice(bg, p, []int{0, 1}, fn, c.opts...)
				if item, ok := err.(*pool.ItemError); !ok || item.Index != 1 || !u.check(item.Err) {
					t.Errorf("%s, %s: MapSlice() = %T, want the error of item 1", name, c.name, err)
				}
				blocker(p, c.workers)()
				p.Close()
			})
		}
	}
}

// The end of ctx delivers one last error, with the cause, and ends the loop.
func TestMapContextEnd(t *testing.T) {
	for _, c := range variants {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(c.workers))
			ctx, cancel := context.WithTimeoutCause(bg, time.Minute, errBoom)
			defer cancel()
			var m probe
			var last error
			begin := time.Now()
			for _, err := range pool.Map(ctx, p, m.in, m.fn, c.opts...) {
				if last != nil {
					t.Errorf("%s: more after the last error: %v", c.name, err)
				}
				last = err
			}
			wantIs(t, c.name+": the last error", last, future.ErrNotDone, errBoom)
			if took := time.Since(begin); took != time.Minute+time.Second {
				t.Errorf("%s: ended after %v, want 1m, and 1s for the items at work", c.name, took)
			}
			m.wantJoined(t, c.name)
			p.Close()
		})
	}
}

func TestMapWithEndedContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		never := func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil }
		n := 0
		for _, err := range pool.Map(ended(errBoom), p, endless, never) {
			wantIs(t, "Map()", err, errBoom)
			n++
		}
		out, err := pool.MapSlice(ended(errBoom), p, []int{1}, never)
		wantIs(t, "MapSlice()", err, errBoom, future.ErrNotDone)
		if n != 1 || out != nil {
			t.Errorf("Map() yielded %d errors, MapSlice() %v, want 1 and nil", n, out)
		}
		p.Close()
	})
}

// Stop ends a map as the end of its context does, a Close lets it end itself; an
// endless one that was begun from outside gets no more slots.
func TestMapAndEndOfPool(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(*pool.Pool)
		reason error
	}{
		"Stop":  {func(p *pool.Pool) { p.Stop(errBoom) }, pool.ErrStopped},
		"Seal":  {func(p *pool.Pool) { p.Seal() }, pool.ErrClosed},
		"Close": {func(p *pool.Pool) { go p.Close() }, pool.ErrClosed},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			n := 0
			var last error
			for _, err := range pool.Map(bg, p, endless, func(context.Context, int) (int, error) { time.Sleep(time.Second); return 1, nil }) {
				if n++; n == 10 {
					c.end(p)
				}
				if last = err; n > 1000 {
					break
				}
			}
			if !errors.Is(last, c.reason) {
				t.Errorf("%s: the last error of %d = %v, want %v", name, n, last, c.reason)
			}
			p.Close()
		})
	}
}

// The failure of the group that is the executor ends the map too.
func TestMapAndEndOfGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		n := 0
		var last error
		for _, err := range pool.Map(bg, g, endless, func(context.Context, int) (int, error) { time.Sleep(time.Second); return 1, nil }) {
			if n++; n == 10 {
				pool.Submit(bg, g, boom)
			}
			if last = err; n > 1000 {
				break
			}
		}
		wantIs(t, "the last error", last, errBoom)
		wantIs(t, "Wait()", g.Wait(), errBoom)
		p.Close()
	})
}

// break waits for the input to come back from its current pull.
func TestMapBreakWaitsForInput(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		in := func(yield func(int) bool) {
			yield(1)
			time.Sleep(time.Minute)
			yield(2)
		}
		begin := time.Now()
		for range pool.Map(bg, p, in, identity) {
			synctest.Wait() // until the input is in its second pull
			break
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("break took %v, want 1m: the input was pulling", took)
		}
		p.Close()
	})
}

// A map shares its pool: a task that is submitted meanwhile starts soon, whether items have
// both slots or one, beside a task of the same submitter that stays.
func TestMapIsFair(t *testing.T) {
	for _, beside := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			slots := 2
			if beside {
				slots = 1
			}
			var begin, started time.Time
			var task *intFuture
			n := 0
			for range pool.Map(bg, p, endless, func(context.Context, int) (int, error) { time.Sleep(time.Second); return 1, nil }, millrace.WithConcurrency(slots)) {
				switch n++; {
				case n == 20 && beside:
					pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
				case n == 40: // that one runs
					begin = time.Now()
					task = pool.Submit(bg, p, func(context.Context) (int, error) { started = time.Now(); return 1, nil })
				}
				if n == 200 {
					break
				}
			}
			wantValue(t, "the task", task, 1)
			if late := started.Sub(begin); late > 5*time.Second {
				t.Errorf("beside a task %v: one starts %v after it was submitted beside a map of 1s items, want at most 5s", beside, late)
			}
			p.Close()
		})
	}
}

// A map of a slice shares its pool, too, though its runner has claimed many items because
// the first ones took no time.
func TestMapSliceIsFair(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var late time.Duration
		go func() {
			time.Sleep(50*time.Second + time.Second/2)
			begin := time.Now()
			pool.Submit(bg, p, func(context.Context) (int, error) { late = time.Since(begin); return 1, nil })
		}()
		n := 0
		_, err := pool.MapSlice(bg, p, make([]int, 1000), func(context.Context, int) (int, error) {
			if n++; n > 800 {
				time.Sleep(time.Second)
			}
			return 1, nil
		})
		if err != nil || late == 0 || late > 5*time.Second {
			t.Errorf("%v; a task starts %v after it was submitted beside a map of 1s items", err, late)
		}
		p.Close()
	})
}

// A map holds a slot only while it has items to run.
func TestIdleMapHoldsNoSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		in := func(yield func(int) bool) {
			_ = yield(1)
			synctest.Wait()
			if s := stats(t, p); s.Running != 0 {
				t.Errorf("Stats() while the input is silent = %+v, want nothing running", s)
			}
			wantValue(t, "a task", pool.Submit(bg, p, nop), 1)
			_ = yield(2)
		}
		n := 0
		for v, err := range pool.Map(bg, p, in, identity) {
			if n++; v != n || err != nil {
				t.Errorf("Map() yields %d, %v, want %d", v, err, n)
			}
		}
		if n != 2 {
			t.Errorf("Map() yields %d items, want 2", n)
		}
		p.Close()
	})
}
