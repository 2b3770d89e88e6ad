package pool_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A slot that is lent goes to the first member that may start, before the queue: one before
// it that waits for its delay, its key or its group's limit is passed over.
func TestLentSlotPassesOver(t *testing.T) {
	for name, first := range map[string]func(ctx context.Context, ex pool.Executor, full *pool.Group, j *journal) *intFuture{
		"a delay": func(ctx context.Context, ex pool.Executor, _ *pool.Group, j *journal) *intFuture {
			return pool.Submit(ctx, ex, j.task("first"), millrace.WithDelay(time.Hour))
		},
		"a key": func(ctx context.Context, ex pool.Executor, _ *pool.Group, j *journal) *intFuture {
			return pool.Submit(ctx, ex, j.task("first"), millrace.WithKey("k"))
		},
		"a limit": func(ctx context.Context, _ pool.Executor, full *pool.Group, j *journal) *intFuture {
			return pool.Submit(ctx, full, j.task("first"))
		},
		"an input": func(ctx context.Context, ex pool.Executor, _ *pool.Group, j *journal) *intFuture {
			return pool.Then(ctx, ex, future.Go(bg, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil }), j.then("first"))
		},
	} {
		for _, in := range []string{"All", "Wait of a group"} {
			t.Run(name+", "+in, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(two)
					full := pool.NewGroup(bg, p, millrace.WithLimit(1))
					release := make(chan struct{})
					pool.Submit(bg, full, waitsFor(release), millrace.WithKey("k"))
					synctest.Wait()
					time.AfterFunc(2*time.Hour, func() { close(release) })
					var j journal
					pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						pool.Submit(bg, p, j.task("queue"))
						if in == "All" {
							a := first(ctx, p, full, &j)
							_, err := future.All(ctx, a, pool.Submit(ctx, p, j.task("second")))
							return 1, err
						}
						g := pool.NewGroup(ctx, p)
						first(ctx, g, full, &j)
						pool.Submit(ctx, g, j.task("second"))
						return 1, g.Wait()
					}).Await(bg)
					p.Close()
					if !strings.HasPrefix(j.String(), "second ") {
						t.Errorf("tasks start in the order %q, want the second member first", j.String())
					}
				})
			})
		}
	}
}

// A task that wants its weight back has it before further members of other waits start,
// however light these are.
func TestHeavyTaskReturns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(3))
		sleep := func(d time.Duration) func(context.Context) (int, error) {
			return func(context.Context) (int, error) { time.Sleep(d); return 1, nil }
		}
		begin := time.Now()
		heavy := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			v, err := pool.Submit(ctx, p, sleep(1500*time.Millisecond)).Await(ctx)
			if d := time.Since(begin); d > 3*time.Second {
				t.Errorf("a heavy task goes on after %v, want when two light ones have ended", d)
			}
			return v, err
		}, millrace.WithWeight(3))
		synctest.Wait()
		for range 2 {
			pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				var members []*intFuture
				for i := range 50 {
					members = append(members, pool.Submit(ctx, p, sleep(time.Second+time.Duration(i%2)*time.Second/2)))
				}
				_, err := future.All(ctx, members...)
				return 1, err
			})
		}
		wantValue(t, "the heavy task", heavy, 1)
		p.Close()
	})
}

// What a task that lends begins to wait for in another goroutine gets a free slot before the queue.
func TestFreeSlotGoesToAnotherWaitOfATaskThatLends(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(4))
		var order journal
		gate, begin, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var child *intFuture
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			waited := make(chan error)
			go func() {
				<-begin
				child = pool.Submit(ctx, p, order.task("child"))
				_, err := child.Await(ctx)
				waited <- err
			}()
			pool.Outside(ctx, func() { <-gate })
			return 1, <-waited
		}, millrace.WithWeight(3))
		synctest.Wait()
		pool.Submit(bg, p, waitsFor(release), millrace.WithWeight(2))
		synctest.Wait()
		close(gate) // the parent waits for its weight, and holds back what comes
		synctest.Wait()
		other := pool.Submit(bg, p, order.task("other"))
		close(begin)
		synctest.Wait()
		close(release)
		wantValue(t, "the parent", parent, 1)
		wantValue(t, "the other task", other, 1)
		order.want(t, "child other")
		p.Close()
	})
}

// A task that wants back the weight that it has lent goes before light ones, which always fit.
func TestHeavyTaskGoesOnBeforeLightOnes(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(4))
		var order journal
		gate, release := make(chan struct{}), make(chan struct{})
		heavy := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() { <-gate })
			return order.task("heavy")(ctx)
		}, millrace.WithWeight(4))
		synctest.Wait()
		pool.Submit(bg, p, waitsFor(release))
		synctest.Wait()
		close(gate)
		synctest.Wait()
		light := pool.Submit(bg, p, order.task("light"))
		synctest.Wait()
		close(release)
		wantValue(t, "the heavy task", heavy, 1)
		wantValue(t, "the light task", light, 1)
		order.want(t, "heavy light")
		p.Close()
	})
}
