package pool_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// With one worker tasks start by priority, then in order of submission.

func TestOrderOfSubmission(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var order, want journal
		for i := range 1000 { // the first ones start while the others come
			pool.Submit(bg, p, order.task(fmt.Sprint(i)))
			want.add(fmt.Sprint(i))
		}
		p.Close()
		order.want(t, want.String())
	})
}

// Tasks that were submitted in different ways start in one order.
func TestOrderOfAllKinds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		var order journal
		g := pool.NewGroup(bg, p)
		pool.Submit(bg, p, order.task("submit"))
		pool.Submit(bg, g, order.task("member"))
		pool.Then(bg, p, future.Resolved(1), order.then("then"))
		pool.Go(bg, p, func(ctx context.Context) error { _, err := order.task("go")(ctx); return err })
		pool.Submit(bg, p, order.task("key"), millrace.WithKey(1))
		pool.Submit(bg, p, order.task("timeout"), millrace.WithTimeout(1))
		pool.Submit(bg, p, order.task("weight"), millrace.WithWeight(7))
		release()
		g.Wait()
		p.Close()
		order.want(t, "submit member then go key timeout weight")
	})
}

// The exact order with one worker: higher first, equal ones as submitted.
func TestPriority(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 5))
		type task struct {
			name      string
			priority  int
			cancelled bool
		}
		tasks := make([]task, 200)
		for i := range tasks {
			priority := []int{0, 0, 0, 1, 2, -1, 100, math.MinInt, math.MaxInt}[r.IntN(9)]
			tasks[i] = task{fmt.Sprint(i), priority, r.IntN(4) == 0}
		}
		var want journal
		for _, task := range slices.SortedStableFunc(slices.Values(tasks), func(a, b task) int { return cmp.Compare(b.priority, a.priority) }) {
			if !task.cancelled {
				want.add(task.name)
			}
		}
		wantOrder(t, want.String(), func(p *pool.Pool, order *journal) {
			for _, task := range tasks {
				f := pool.Submit(bg, p, order.task(task.name), millrace.WithPriority(task.priority))
				if task.cancelled {
					f.Cancel()
				}
			}
		})
	}
}

// A priority also counts among tasks that are submitted while others run.
func TestPriorityOfLaterOnes(t *testing.T) {
	wantOrder(t, "a high b c low", func(p *pool.Pool, order *journal) {
		pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			order.add("a")
			pool.Submit(context.WithoutCancel(ctx), p, order.task("high"), millrace.WithPriority(1))
			return 1, nil
		})
		pool.Submit(bg, p, order.task("b"))
		pool.Submit(bg, p, order.task("low"), millrace.WithPriority(-1))
		pool.Submit(bg, p, order.task("c"))
	})
}

// A Then takes its place, and its priority, when its input has settled.
func TestPriorityOfThen(t *testing.T) {
	wantOrder(t, "high a b low", func(p *pool.Pool, order *journal) {
		in := future.NewPromise[int]()
		pool.Then(bg, p, in.Future(), order.then("low"), millrace.WithPriority(-1))
		pool.Then(bg, p, in.Future(), order.then("high"), millrace.WithPriority(1))
		pool.Submit(bg, p, order.task("a"))
		in.Resolve(1)
		pool.Submit(bg, p, order.task("b"))
	})
}

// The tasks that a task waits for get its slot in order of submission, whatever their
// priorities. The rest of the queue goes on by priority.
func TestPriorityInTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var order journal
		proceed := make(chan struct{})
		parent := pool.Go(bg, p, func(ctx context.Context) error {
			<-proceed
			a, b := pool.Submit(ctx, p, order.task("a")), pool.Submit(ctx, p, order.task("b"))
			_, err := future.All(ctx, b, a)
			return err
		})
		pool.Submit(bg, p, order.task("low"), millrace.WithPriority(-1))
		pool.Submit(bg, p, order.task("high"), millrace.WithPriority(1))
		close(proceed)
		if _, err := parent.Await(bg); err != nil {
			t.Errorf("Await() = %v, want nil", err)
		}
		p.Close()
		order.want(t, "a b high low")
	})
}
