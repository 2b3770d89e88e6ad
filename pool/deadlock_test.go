package pool_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The wait that closes a cycle returns ErrDeadlock. Without it these
// bubbles are deadlocked.

// ring submits n tasks, in turn to the pools, each of which waits for the next
// one, and returns how many waits were told of the deadlock themselves.
func ring(n int, wait func(context.Context, *intFuture) (int, error), pools ...*pool.Pool) (fs []*intFuture, closers int32) {
	fs = make([]*intFuture, n)
	var told atomic.Int32
	ready := make(chan struct{})
	for i := range fs {
		fs[i] = pool.Submit(bg, pools[i%len(pools)], func(ctx context.Context) (int, error) {
			<-ready
			next := fs[(i+1)%n]
			v, err := wait(ctx, next)
			if errors.Is(err, future.ErrDeadlock) && !next.State().Settled() {
				told.Add(1)
			}
			return v, err
		})
	}
	close(ready)
	for _, f := range fs {
		f.Await(bg)
	}
	return fs, told.Load()
}

func await(ctx context.Context, f *intFuture) (int, error) { return f.Await(ctx) }

func TestDeadlockOfRings(t *testing.T) {
	for name, wait := range map[string]func(context.Context, *intFuture) (int, error){
		"Await": await,
		"Await, derived context": func(ctx context.Context, f *intFuture) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			return f.Await(context.WithValue(ctx, key{}, 1))
		},
	} {
		for _, n := range []int{1, 2, 3, 10} {
			for _, workers := range []int{1, 2, 16} {
				for _, pools := range []int{1, 2} {
					if pools == 2 && workers < n {
						continue // a wait on another pool's futures keeps the slot
					}
					bubble.Run(t, func(t *testing.T) {
						p, q := pool.New(millrace.WithWorkers(workers)), pool.New(millrace.WithWorkers(workers))
						fs, closers := ring(n, wait, []*pool.Pool{p, q}[:pools]...)
						for _, f := range fs {
							r, _ := f.Poll()
							wantIs(t, name, r.Err, future.ErrDeadlock)
						}
						if closers != 1 {
							t.Errorf("%s: ring of %d, %d workers, %d pools: %d were told, want the one who closed it", name, n, workers, pools, closers)
						}
						p.Close()
						q.Close()
					})
				}
			}
		}
	}
}

// Through a Then, which waits for its input as a task does.
func TestDeadlockThroughThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		for _, other := range []*pool.Pool{p, q} {
			self := make(chan *intFuture, 1)
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return (<-self).Await(ctx) })
			then := pool.Then(bg, other, f, identity)
			self <- pool.Then(bg, p, then, identity)
			if _, err := f.Await(bg); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("Await() of its own Then = %v, want ErrDeadlock", err)
			}
		}
		p.Close()
		q.Close()
	})
}

// A child waits for its parent, which waits for it: the child closes the cycle.
// The parent gets the child's answer.
func TestDeadlockOfChild(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := knowing(p, func(ctx context.Context, parent *intFuture) (int, error) {
			return pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				_, err := parent.Await(ctx)
				wantIs(t, "Await() of the parent", err, future.ErrDeadlock)
				return 7, nil
			}).Await(ctx)
		})
		wantValue(t, "the parent", f, 7)
		p.Close()
	})
}

// Waits that look like a cycle and are none: the context ends, one has settled,
// one waits for any of several.
func TestNoDeadlock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		peer := make(chan *intFuture, 1)
		a := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return future.Race(ctx, <-peer, pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 7, nil }))
		})
		b := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return a.Await(ctx) })
		peer <- b
		wantValue(t, "a task that waits for any", a, 7)
		wantValue(t, "the other", b, 7)
		p.Close()
	})
}

// A wait that ended is no part of a cycle any more.
func TestNoDeadlockAfterWait(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		gate, peer := make(chan struct{}), make(chan *intFuture, 1)
		a := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := (<-peer).Await(short)
			wantIs(t, "Await()", err, future.ErrNotDone)
			close(gate)
			return 7, nil
		})
		b := pool.Submit(bg, p, func(ctx context.Context) (int, error) { <-gate; return a.Await(ctx) })
		peer <- b
		wantValue(t, "the one that waited later", b, 7)
		p.Close()
	})
}

// A task that waits for one of its own key could wait for ever.
func TestDeadlockOfKey(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		k := millrace.WithKey("account")
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(ctx, p, nop, k)
			_, err := child.Await(ctx)
			wantIs(t, "Await() of a child of its own key", err, future.ErrDeadlock)
			grandchild := pool.Submit(ctx, p, func(ctx context.Context) (int, error) { return child.Await(ctx) })
			_, err = grandchild.Await(ctx)
			wantIs(t, "Await() of a task that waits for one", err, future.ErrDeadlock)
			_, err = pool.Then(ctx, p, child, identity).Await(ctx)
			wantIs(t, "Await() of a Then of one", err, future.ErrDeadlock)
			return pool.Submit(ctx, p, nop, millrace.WithKey("other")).Await(ctx)
		}, k)
		wantValue(t, "the parent", f, 1)
		p.Close()
		if s := stats(t, p); s.Waiting+s.Running+s.Queued != 0 {
			t.Errorf("Stats() = %+v, want nothing left", s)
		}
	})
}

// Behind a third task of the same key it is the same.
func TestDeadlockOfKeyBehindOthers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		k := millrace.WithKey(1)
		proceed := make(chan struct{})
		f := pool.Go(bg, p, func(ctx context.Context) error {
			<-proceed
			_, err := pool.Submit(ctx, p, nop, k).Await(ctx)
			return err
		}, k)
		synctest.Wait()
		second := pool.Submit(bg, p, nop, k)
		close(proceed)
		if _, err := f.Await(bg); !errors.Is(err, future.ErrDeadlock) {
			t.Errorf("Await() = %v, want ErrDeadlock", err)
		}
		wantValue(t, "the one between them", second, 1)
		p.Close()
	})
}

// A task that submits one of its own key to a full queue would wait for it: that one is refused.
func TestSubmitOfOnesOwnKeyToAFullQueue(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(0))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(ctx, p, nop, millrace.WithKey("k"), millrace.WithTaskName("child"))
			wantNeverRan(t, "a task of the same key", child, future.ErrDeadlock)
			if _, err := child.Await(bg); !strings.Contains(err.Error(), "parent waits for child") {
				t.Errorf("the error is %q, want one that names both tasks", err)
			}
			return 1, nil
		}, millrace.WithKey("k"), millrace.WithTaskName("parent"))
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}
