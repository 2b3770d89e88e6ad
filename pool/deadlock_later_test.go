package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// waitsForOne are the waits for several futures, here for one.
var waitsForOne = map[string]func(ctx context.Context, f *intFuture) error{
	"All":        func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
	"AllSettled": func(ctx context.Context, f *intFuture) error { _, err := future.AllSettled(ctx, f); return err },
	"Any":        func(ctx context.Context, f *intFuture) error { _, err := future.Any(ctx, f); return err },
	"Race":       func(ctx context.Context, f *intFuture) error { _, err := future.Race(ctx, f); return err },
	"Wait for the first": func(ctx context.Context, f *intFuture) error {
		_, _, err := future.Wait(ctx, future.FirstCompleted, f)
		return err
	},
	"Wait for a failure": func(ctx context.Context, f *intFuture) error {
		_, _, err := future.Wait(ctx, future.FirstFailed, f)
		return err
	},
	"Set.Next": func(ctx context.Context, f *intFuture) error {
		s := future.NewSet[int]()
		s.Add(f)
		_, err := s.Next(ctx)
		return err
	},
	"AsCompleted": func(ctx context.Context, f *intFuture) error {
		for range future.AsCompleted(ctx, f) {
			return nil
		}
		return future.ErrDeadlock
	},
}

// Every kind of wait for a Then of one's own key ends with ErrDeadlock, also if it has begun
// before the Then came to wait for the key.
func TestDeadlockOfKeyOfThenInEveryWait(t *testing.T) {
	for name, wait := range waitsForOne {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				input := future.NewPromise[int]()
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					then := pool.Then(context.WithoutCancel(ctx), p, input.Future(), identity, millrace.WithKey("k"))
					return 0, wait(ctx, then)
				}, millrace.WithKey("k"))
				synctest.Wait()
				input.Resolve(1)
				_, err := f.Await(bg)
				wantIs(t, name, err, future.ErrDeadlock)
				p.Close()
			})
		})
	}
}

// A child that waits for its parent closes a cycle in whatever way the parent waits for its
// children: for all of them, or for any one, if each of them waits for the parent.
func TestDeadlockThroughEveryWait(t *testing.T) {
	two := func(wait func(ctx context.Context, f *intFuture) error) func(ctx context.Context, a, b *intFuture) error {
		return func(ctx context.Context, a, _ *intFuture) error { return wait(ctx, a) }
	}
	waits := map[string]func(ctx context.Context, a, b *intFuture) error{
		"Race of two": func(ctx context.Context, a, b *intFuture) error { _, err := future.Race(ctx, a, b); return err },
		"Any of two":  func(ctx context.Context, a, b *intFuture) error { _, err := future.Any(ctx, a, b); return err },
		"AsCompleted of two": func(ctx context.Context, a, b *intFuture) error {
			for range future.AsCompleted(ctx, a, b) {
			}
			return nil
		},
	}
	for name, wait := range waitsForOne {
		waits[name] = two(wait)
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(1))
				var a, b *intFuture
				f := knowing(p, func(ctx context.Context, me *intFuture) (int, error) {
					child := func(ctx context.Context) (int, error) { return me.Await(ctx) }
					a, b = pool.Submit(ctx, p, child), pool.Submit(ctx, p, child)
					wait(ctx, a, b)
					return 0, nil
				})
				wantValue(t, name, f, 0)
				_, errA := a.Await(bg)
				_, errB := b.Await(bg)
				wantIs(t, "children that wait for their parent", errors.Join(errA, errB), future.ErrDeadlock)
				p.Close()
			})
		})
	}
}

// A task waits for a Then of a Then, …, whose first input comes to wait for the task's key after the
// wait has begun.
func TestDeadlockOfKeyOfThensInput(t *testing.T) {
	waits := map[string]func(ctx context.Context, f *intFuture) error{
		"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
	}
	for name, wait := range waitsForOne {
		waits[name] = wait
	}
	for name, wait := range waits {
		for _, length := range []int{1, 5} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				input := future.NewPromise[int]()
				first := pool.Then(bg, p, input.Future(), identity, millrace.WithKey("k"))
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					last := first
					for range length {
						last = pool.Then(bg, p, last, identity)
					}
					return 0, wait(ctx, last)
				}, millrace.WithKey("k"))
				synctest.Wait()
				input.Resolve(1)
				if _, err := f.Await(bg); !errors.Is(err, future.ErrDeadlock) {
					t.Errorf("%s of a chain of %d = %v, want ErrDeadlock", name, length, err)
				}
				p.Close()
			})
		}
	}
}

// Of the tasks that continue with one which comes to wait, 1024 are looked at. A wait for another one
// ends with its context.
func TestDeadlockOfKeyOfManyThensInput(t *testing.T) {
	for nth, want := range map[int]error{0: future.ErrDeadlock, 1023: future.ErrDeadlock, 1024: context.DeadlineExceeded} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			input := future.NewPromise[int]()
			first := pool.Then(bg, p, input.Future(), identity, millrace.WithKey("k"))
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				thens := make([]*intFuture, 1100)
				for i := range thens {
					thens[i] = pool.Then(bg, p, first, identity)
				}
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				return thens[nth].Await(ctx)
			}, millrace.WithKey("k"))
			synctest.Wait()
			input.Resolve(1)
			if _, err := f.Await(bg); !errors.Is(err, want) {
				t.Errorf("the wait for Then %d = %v, want %v", nth, err, want)
			}
			p.Close()
		})
	}
}

// A member that is a Then of the task which waits for its group closes a cycle.
func TestDeadlockOfThenInGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		f := knowing(p, func(ctx context.Context, me *intFuture) (int, error) {
			g := pool.NewGroup(ctx, p)
			pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second) // the other one is in Wait
				pool.Then(ctx, g, me, identity)
				return 1, nil
			})
			return 0, g.Wait()
		})
		_, err := f.Await(bg)
		wantIs(t, "Wait()", err, future.ErrDeadlock)
		p.Close()
	})
}

// A map whose items wait for its caller, through a key and a task that waits for the caller
// already, ends with ErrDeadlock when the caller begins to wait for them.
func TestDeadlockOfMapThroughKey(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		k := millrace.WithKey("k")
		p := pool.New(millrace.WithWorkers(3))
		var caller *intFuture
		ready := make(chan struct{})
		ahead := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ready
			time.Sleep(time.Second)
			return caller.Await(ctx)
		}, k)
		synctest.Wait()
		caller = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			n := 0
			keyed := millrace.PerItem(func(i int) []millrace.TaskOption {
				if i == 0 {
					return nil
				}
				return []millrace.TaskOption{k}
			})
			for _, err := range pool.Map(ctx, p, slices.Values([]int{0, 1}), func(_ context.Context, i int) (int, error) { return i, nil }, keyed) {
				if err != nil {
					return n, err
				}
				n++
				time.Sleep(time.Minute) // the second item waits for the key, and its task for this one
			}
			return n, nil
		})
		close(ready)
		_, err := caller.Await(bg)
		wantIs(t, "the map", err, future.ErrDeadlock)
		_, err = ahead.Await(bg)
		wantIs(t, "the task with the key", err, future.ErrDeadlock)
		p.Close()
	})
}

// A wait for any one of several is no part of a cycle once one has settled, also before its
// goroutine goes on: on one processor that comes after the task that starts next.
func TestNoDeadlockOfWaitThatIsOver(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	bubble.Run(t, func(t *testing.T) {
		for range 10 {
			p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(2))
			gate, peer := make(chan struct{}), make(chan *intFuture, 1)
			first := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 7, nil })
			a := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return future.Race(ctx, first, <-peer) }, millrace.WithWeight(0))
			b := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return a.Await(ctx) }, millrace.WithWeight(2))
			peer <- b
			synctest.Wait()
			close(gate)
			wantValue(t, "the task that waits for any", a, 7)
			wantValue(t, "the one that waits for it", b, 7)
			p.Close()
		}
	})
}

// A group that gets a member which waits for the task that waits for the group ends at once, also
// if the member is delayed first; and a wait of another task for the same key is none for itself.
func TestDeadlockOfDelayedMember(t *testing.T) {
	for name, delay := range map[string]millrace.TaskOption{"none": nil, "a second": millrace.WithDelay(time.Second)} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(8))
			k, gate, start := millrace.WithKey("k"), make(chan struct{}), time.Now()
			waiter := pool.Go(bg, p, func(ctx context.Context) error {
				g := pool.NewGroup(ctx, p)
				pool.Go(ctx, g, func(ctx context.Context) error {
					<-gate
					pool.Submit(ctx, g, nop, k, delay)
					<-ctx.Done()
					time.Sleep(time.Millisecond) // the group waits for it
					return nil
				})
				return g.Wait()
			}, k)
			synctest.Wait()
			close(gate)
			synctest.Wait()
			_, err := pool.Go(bg, p, func(ctx context.Context) error {
				_, err := pool.Submit(ctx, p, nop, k).Await(ctx)
				return err
			}).Await(bg)
			if err != nil {
				t.Errorf("delay %s: a wait for the same key = %v, want nil", name, err)
			}
			_, err = waiter.Await(bg)
			wantIs(t, "delay "+name+": Wait()", err, future.ErrDeadlock)
			if d := time.Since(start); d != time.Millisecond {
				t.Errorf("delay %s: Wait() returns after %v, want %v", name, d, time.Millisecond)
			}
			p.Close()
		})
	}
}
