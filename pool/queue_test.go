package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// full returns a pool with one worker, which is busy until release is called,
// and a full queue of n.
func full(n int, o millrace.Overflow, opts ...millrace.PoolOption) (p *pool.Pool, queued []*intFuture, release func()) {
	p = pool.New(append([]millrace.PoolOption{one, millrace.WithQueue(n), millrace.WithOverflow(o)}, opts...)...)
	release = blocker(p, 1)
	return p, submitMany(bg, p, n), release
}

// A blocked is a Submit in a goroutine of its own.
type blocked struct {
	f    *intFuture
	done chan struct{}
}

// submitBlocked starts a Submit that is to block.
func submitBlocked(t *testing.T, what string, ctx context.Context, ex pool.Executor, fn func(context.Context) (int, error), opts ...millrace.TaskOption) *blocked {
	t.Helper()
	b := &blocked{done: make(chan struct{})}
	go func() {
		b.f = pool.Submit(ctx, ex, fn, opts...)
		close(b.done)
	}()
	synctest.Wait()
	if b.returned() {
		t.Errorf("%s: Submit() on a full queue has returned %v, want it to block", what, b.f)
	}
	return b
}

func (b *blocked) returned() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// Block: Submit waits for a place, of which there are n; those in the queue are
// counted, those that wait for a place are not yet.
func TestBlock(t *testing.T) {
	for _, n := range []int{0, 1, 5} {
		bubble.Run(t, func(t *testing.T) {
			p, queued, release := full(n, millrace.Block)
			b := submitBlocked(t, fmt.Sprint(n), bg, p, nop)
			if s := stats(t, p); s.Queued != n || s.Running != 1 || s.Refused != 0 {
				t.Errorf("queue of %d: Stats() = %+v, want it full", n, s)
			}
			release()
			<-b.done
			for _, f := range append(queued, b.f) {
				wantValue(t, "a task", f, 1)
			}
			p.Close()
		})
	}
}

// With n = 0 a task starts at once or meets a full queue: a rendezvous.
func TestBlockRendezvous(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithQueue(0))
		gates := []chan struct{}{make(chan struct{}), make(chan struct{})}
		for _, gate := range gates {
			f := pool.Submit(bg, p, waitsFor(gate))
			if s := f.State(); s != future.Running {
				t.Errorf("State() = %v with a free slot, want running", s)
			}
		}
		b := submitBlocked(t, "the third", bg, p, untilEnd)
		close(gates[1])
		<-b.done
		if s := stats(t, p); b.f.State() != future.Running || s.Queued != 0 {
			t.Errorf("the third: %v, %+v, want it to run", b.f, s)
		}
		b.f.Abort(errBoom)
		close(gates[0])
		p.Close()
	})
}

// Blocked submitters are served in the order in which they blocked, whatever their
// priorities.
func TestBlockInOrder(t *testing.T) {
	for _, n := range []int{0, 2} {
		bubble.Run(t, func(t *testing.T) {
			p, _, release := full(n, millrace.Block)
			var order journal
			var bs []*blocked
			for i := range 6 {
				bs = append(bs, submitBlocked(t, "one of six", bg, p, order.task(fmt.Sprint(i))))
			}
			release()
			for _, b := range bs {
				<-b.done
			}
			p.Close()
			order.want(t, "0 1 2 3 4 5")
		})
	}
}

// A submitter that comes when a place has just become free does not overtake those that
// wait for it.
func TestBlockDoesNotOvertake(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, queued, release := full(1, millrace.Block)
		first := submitBlocked(t, "the first", bg, p, nop)
		second := make(chan *intFuture, 1)
		queued[0].OnDone(func(*intFuture) {
			go func() { second <- pool.Submit(bg, p, nop) }()
		})
		queued[0].Cancel()
		synctest.Wait()
		if !first.returned() || len(second) != 0 {
			t.Errorf("the first has a place: %v, the second: %v, want the first alone", first.returned(), len(second) != 0)
		}
		release()
		wantValue(t, "the second", <-second, 1)
		p.Close()
	})
}

// What ends the wait for a place: ctx, Close, Seal, Shutdown, Stop. The figures
// say which it was, and the queue is as it was.
func TestBlockEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end                func(*pool.Pool, context.CancelCauseFunc)
		reasons            []error
		refused, cancelled uint64
	}{
		"ctx":      {func(_ *pool.Pool, cancel context.CancelCauseFunc) { cancel(errBoom) }, []error{errBoom}, 0, 1},
		"Close":    {func(p *pool.Pool, _ context.CancelCauseFunc) { go p.Close() }, []error{pool.ErrClosed}, 1, 0},
		"Seal":     {func(p *pool.Pool, _ context.CancelCauseFunc) { p.Seal() }, []error{pool.ErrClosed}, 1, 0},
		"Shutdown": {func(p *pool.Pool, _ context.CancelCauseFunc) { go p.Shutdown(bg) }, []error{pool.ErrClosed}, 1, 0},
		"Stop":     {func(p *pool.Pool, _ context.CancelCauseFunc) { p.Stop(errBoom) }, []error{pool.ErrStopped, errBoom}, 1, 2},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, _, release := full(2, millrace.Block)
			ctx, cancel := context.WithCancelCause(bg)
			defer cancel(nil)
			b := submitBlocked(t, name, ctx, p, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
			c.end(p, cancel)
			synctest.Wait()
			if !b.returned() {
				t.Errorf("%s did not end the wait for a place", name)
			} else {
				wantNeverRan(t, name, b.f, c.reasons...)
			}
			if s := stats(t, p); s.Refused != c.refused || s.Cancelled != c.cancelled {
				t.Errorf("%s: Stats() = %+v, want %d refused, %d cancelled", name, s, c.refused, c.cancelled)
			}
			release()
			p.Close()
		})
	}
}

// The failure of the task's group ends the wait for a place.
func TestBlockEndsWithGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithQueue(0))
		release := blocker(p, 1)
		g := pool.NewGroup(bg, p)
		fail := make(chan struct{})
		pool.Submit(bg, g, func(context.Context) (int, error) { <-fail; return 0, errBoom })
		refill := make(chan struct{})
		b := submitBlocked(t, "a member", bg, g, nop)
		go func() { pool.Submit(bg, p, waitsFor(refill)) }()
		synctest.Wait()
		close(fail)
		<-b.done
		wantNeverRan(t, "the blocked member", b.f, errBoom)
		wantIs(t, "Wait()", g.Wait(), errBoom)
		close(refill)
		release()
		synctest.Wait()
		p.Close()
	})
}

// A pending task that ends frees its place at once and lets one submitter in.
func TestBlockGetsFreedPlace(t *testing.T) {
	for name, end := range map[string]func(*intFuture, context.CancelFunc){
		"Cancel": func(f *intFuture, _ context.CancelFunc) { f.Cancel() },
		"Abort":  func(f *intFuture, _ context.CancelFunc) { f.Abort(errBoom) },
		"ctx":    func(_ *intFuture, cancel context.CancelFunc) { cancel() },
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(2))
			ctx, cancel := context.WithCancel(bg)
			f := pool.Submit(ctx, p, nop)
			pool.Submit(bg, p, nop)
			first, second := submitBlocked(t, name, bg, p, nop), submitBlocked(t, name, bg, p, nop)
			end(f, cancel)
			synctest.Wait()
			if !first.returned() || second.returned() {
				t.Errorf("%s: the first submitter has a place: %v, the second: %v, want the first alone", name, first.returned(), second.returned())
			}
			if s := stats(t, p); s.Queued != 2 {
				t.Errorf("%s: Stats() = %+v, want 2 queued", name, s)
			}
			cancel()
			release()
			<-second.done
			p.Close()
		})
	}
}

// A submitter that gives up passes its turn on; the others keep theirs.
func TestBlockedGivesUp(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, _, release := full(1, millrace.Block)
		ctx, cancel := context.WithCancelCause(bg)
		var order journal
		submitBlocked(t, "first", bg, p, order.task("first"))
		gone := submitBlocked(t, "second", ctx, p, order.task("second"))
		submitBlocked(t, "third", bg, p, order.task("third"))
		cancel(errBoom)
		<-gone.done
		release()
		synctest.Wait()
		p.Close()
		order.want(t, "first third")
	})
}

// More workers make places: Resize wakes submitters.
func TestBlockAndResize(t *testing.T) {
	for _, n := range []int{0, 2} {
		bubble.Run(t, func(t *testing.T) {
			p, queued, release := full(n, millrace.Block)
			b := submitBlocked(t, "before Resize", bg, p, nop)
			p.Resize(2)
			<-b.done
			for _, f := range append(queued, b.f) {
				wantValue(t, "a task", f, 1)
			}
			release()
			p.Close()
		})
	}
}

// A task's own Submit on a full queue runs the child in the task's slot instead
// of blocking, at any depth; others stay queued.
func TestBlockInTask(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithQueue(n))
			var running gauge
			proceed := make(chan struct{})
			var nest func(depth int) func(context.Context) (int, error)
			nest = func(depth int) func(context.Context) (int, error) {
				return func(ctx context.Context) (int, error) {
					running.add(1)
					defer running.add(-1)
					<-proceed
					if depth == 0 {
						return 1, nil
					}
					running.add(-1)
					f := pool.Submit(context.WithValue(ctx, key{}, 1), p, nest(depth-1))
					if s := f.State(); !s.Settled() {
						t.Errorf("queue of %d: the child is %v after Submit, want settled", n, s)
					}
					running.add(1)
					v, err := f.Await(ctx)
					return v + 1, err
				}
			}
			f := pool.Submit(bg, p, nest(20))
			synctest.Wait()
			others := submitMany(bg, p, n)
			close(proceed)
			wantValue(t, "the recursion", f, 21)
			for _, f := range others {
				wantValue(t, "a queued task", f, 1)
			}
			running.want(t, "running tasks", 1)
			p.Close()
		})
	}
}

// The bound holds at any instant, and nothing is lost, under many producers.
func TestBlockUnderLoad(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		p := pool.New(two, millrace.WithQueue(n))
		const producers, tasks = 8, 100
		var wg sync.WaitGroup
		for i := range producers {
			wg.Go(func() {
				for j := range tasks {
					ctx, cancel := context.WithTimeout(bg, time.Duration(j)*20*time.Microsecond)
					f := pool.Submit(ctx, p, nop)
					if (i+j)%5 == 0 {
						f.Cancel()
					}
					if s := stats(t, p); s.Queued > n || s.Running > 2 {
						t.Errorf("Stats() = %+v, want at most %d queued and 2 running", s, n)
					}
					f.Await(bg)
					cancel()
				}
			})
		}
		wg.Wait()
		p.Close()
		if s := stats(t, p); s.Submitted != producers*tasks || s.Refused != 0 {
			t.Errorf("Stats() = %+v, want %d submitted", s, producers*tasks)
		}
	}
}

// Items of a map take no places.
func TestMapTakesNoPlaces(t *testing.T) {
	for _, o := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.DropOldest} {
		bubble.Run(t, func(t *testing.T) {
			p, queued, release := full(1, o)
			go release()
			out, err := pool.MapSlice(bg, p, []int{1, 2, 3}, double)
			if err != nil || fmt.Sprint(out) != "[2 4 6]" {
				t.Errorf("%v: MapSlice() = %v, %v, want [2 4 6]", o, out, err)
			}
			wantValue(t, "the queued task", queued[0], 1)
			p.Close()
		})
	}
}
