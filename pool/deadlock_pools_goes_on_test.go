package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A Join and a Scope go on when they could never end. If they close a cycle through another pool, a wait
// that has begun before, and that no context ends, is told in their place.
func TestDeadlockThroughTwoPoolsOfWaitThatGoesOn(t *testing.T) {
	alone := context.WithoutCancel
	for name, wait := range map[string]func(ctx context.Context, p *pool.Pool, member func(context.Context) (int, error), gate func()) error{
		"Join": func(ctx context.Context, p *pool.Pool, member func(context.Context) (int, error), gate func()) error {
			begun := make(chan struct{})
			_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) { close(begun); return member(ctx) },
				func(context.Context) (int, error) { <-begun; gate(); return 1, nil })
			return err
		},
		"Scope": func(ctx context.Context, p *pool.Pool, member func(context.Context) (int, error), gate func()) error {
			return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error { pool.Submit(ctx, g, member); gate(); return nil })
		},
		"All": func(ctx context.Context, p *pool.Pool, member func(context.Context) (int, error), gate func()) error {
			f := pool.Submit(ctx, p, member)
			gate()
			_, err := future.All(alone(ctx), f)
			return err
		},
		"MapSlice": func(ctx context.Context, p *pool.Pool, member func(context.Context) (int, error), gate func()) error {
			_, err := pool.MapSlice(ctx, p, []int{0, 1}, func(ctx context.Context, i int) (int, error) {
				if i == 1 {
					gate()
					return 1, nil
				}
				return member(ctx)
			})
			return err
		},
	} {
		for _, chain := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p, q := pool.New(millrace.WithWorkers(4)), pool.New(millrace.WithWorkers(4))
				gate := make(chan struct{})
				var far *intFuture
				caller := knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
					far = pool.Submit(alone(ctx), q, func(ctx context.Context) (int, error) { return self.Await(ctx) })
					if chain {
						f := far
						far = pool.Submit(alone(ctx), q, func(ctx context.Context) (int, error) { return f.Await(ctx) })
					}
					return 0, wait(ctx, p, func(ctx context.Context) (int, error) { return far.Await(alone(ctx)) }, func() { <-gate })
				})
				synctest.Wait()
				close(gate)
				synctest.Wait()
				r, _ := caller.Poll()
				wantIs(t, name, r.Err, future.ErrDeadlock)
				if s := far.State(); !s.Settled() {
					t.Errorf("%s: the task of the other pool is %v, want settled", name, s)
				}
				p.Close()
				q.Close()
			})
		}
	}
}

// A task that comes to wait for the turn of its key closes a cycle through another pool: a wait that
// has begun before is told.
func TestDeadlockThroughTwoPoolsByArrivalAtKey(t *testing.T) {
	for name, arrive := range map[string]func(p *pool.Pool, input *intFuture) *intFuture{
		"Then": func(p *pool.Pool, input *intFuture) *intFuture {
			return pool.Then(bg, p, input, identity, millrace.WithKey("k"))
		},
		"Then of a Then": func(p *pool.Pool, input *intFuture) *intFuture {
			return pool.Then(bg, p, pool.Then(bg, p, input, identity, millrace.WithKey("k")), identity)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, q := pool.New(millrace.WithWorkers(4)), pool.New(millrace.WithWorkers(4))
			input := future.NewPromise[int]()
			last := arrive(p, input.Future())
			far := pool.Submit(bg, q, func(ctx context.Context) (int, error) { return last.Await(ctx) })
			holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return far.Await(ctx) }, millrace.WithKey("k"))
			synctest.Wait()
			input.Resolve(1)
			synctest.Wait()
			for _, f := range []*intFuture{last, far, holds} {
				if !f.State().Settled() {
					t.Errorf("%s: %v, want settled", name, f)
				}
			}
			r, _ := holds.Poll()
			wantIs(t, name, r.Err, future.ErrDeadlock)
			p.Close()
			q.Close()
		})
	}
}

// A wait for any is told when what is left of it could never end because of another pool.
func TestDeadlockThroughTwoPoolsOfWhatIsLeft(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(millrace.WithWorkers(4)), pool.New(millrace.WithWorkers(4))
		gate := make(chan struct{})
		fails := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 0, errBoom })
		var far *intFuture
		caller := knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
			far = pool.Submit(bg, q, func(ctx context.Context) (int, error) { return self.Await(ctx) })
			member := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return far.Await(ctx) })
			return future.Any(ctx, fails, member)
		})
		synctest.Wait()
		if s := caller.State(); s != future.Running {
			t.Fatalf("the task is %v, want running: a member may end its wait", s)
		}
		close(gate)
		synctest.Wait()
		r, _ := caller.Poll()
		wantIs(t, "Any", r.Err, future.ErrDeadlock)
		p.Close()
		q.Close()
	})
}

// A wait that is told of a deadlock takes its slot back before it returns.
func TestWaitThatIsToldTakesItsSlotBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		input, gate, goesOn := future.NewPromise[int](), make(chan struct{}), make(chan struct{})
		last := pool.Then(bg, p, input.Future(), identity, millrace.WithKey("k"))
		holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			defer close(goesOn)
			return last.Await(ctx)
		}, millrace.WithKey("k"))
		synctest.Wait()
		other := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			input.Resolve(1)
			<-gate
			return 1, nil
		})
		synctest.Wait()
		select {
		case <-goesOn:
			t.Error("a wait that is told goes on while another task has the slot")
		default:
		}
		close(gate)
		_, err := holds.Await(bg)
		wantIs(t, "the wait of a task for one behind its key", err, future.ErrDeadlock)
		wantValue(t, "the other task", other, 1)
		p.Close()
	})
}
