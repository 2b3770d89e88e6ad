package pool_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Promise 12: with one worker tasks start in order of submission, then priority.

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

// Tasks submitted by different means stand in one line.
func TestOrderOfAllKinds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var order journal
		g := pool.NewGroup(bg, p)
		pool.Submit(bg, p, order.task("submit"))
		pool.Submit(bg, g, order.task("member"))
		pool.Then(bg, p, future.Resolved(1), func(ctx context.Context, _ int) (int, error) { return order.task("then")(ctx) })
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
		bubble.Run(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			p := pool.New(one)
			release := blocker(p, 1)
			type task struct {
				name     string
				priority int
				f        *intFuture
			}
			var order journal
			var tasks []task
			for i := range 200 {
				priority := []int{0, 0, 0, 1, 2, -1, 100, math.MinInt, math.MaxInt}[r.IntN(9)]
				name := fmt.Sprint(i)
				f := pool.Submit(bg, p, order.task(name), millrace.WithPriority(priority))
				if r.IntN(4) > 0 {
					tasks = append(tasks, task{name, priority, f})
				} else {
					f.Cancel()
				}
			}
			slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(b.priority, a.priority) })
			var want []string
			for _, task := range tasks {
				want = append(want, task.name)
			}
			release()
			p.Close()
			order.want(t, strings.Join(want, " "))
		})
	}
}

// It holds among those that come while others run.
func TestPriorityOfLaterOnes(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var order journal
		pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			order.add("a")
			pool.Submit(context.WithoutCancel(ctx), p, order.task("high"), millrace.WithPriority(1))
			return 1, nil
		})
		pool.Submit(bg, p, order.task("b"))
		pool.Submit(bg, p, order.task("low"), millrace.WithPriority(-1))
		pool.Submit(bg, p, order.task("c"))
		release()
		p.Close()
		order.want(t, "a high b c low")
	})
}

// A Then takes its place, and its priority, when its input has settled.
func TestPriorityOfThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var order journal
		in := future.NewPromise[int]()
		then := func(name string, priority int) {
			pool.Then(bg, p, in.Future(), func(ctx context.Context, _ int) (int, error) { return order.task(name)(ctx) }, millrace.WithPriority(priority))
		}
		then("low", -1)
		then("high", 1)
		pool.Submit(bg, p, order.task("a"))
		in.Resolve(1)
		pool.Submit(bg, p, order.task("b"))
		release()
		p.Close()
		order.want(t, "high a b low")
	})
}

// Members of a wait get the slot in order of submission; their priority is for
// the queue. Whatever runs behind them, the priorities there are kept.
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
			t.Errorf("Await() = %v", err)
		}
		p.Close()
		order.want(t, "a b high low")
	})
}
