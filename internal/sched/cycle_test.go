package sched_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/waitset"
)

// In a chain of tasks of which each waits for the next, every one reaches those behind
// it, and the last one's wait for any is refused.
func TestChainOfWaits(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		const n = 50
		jobs := make([]*job, n)
		gate := make(chan struct{})
		refused := 0
		for i := range n {
			jobs[i] = plain(func(ctx context.Context) {
				if i < n-1 {
					_ = sched.Await(ctx, &jobs[i+1].Task)
					return
				}
				<-gate
				for _, j := range jobs {
					if errors.Is(sched.Await(ctx, &j.Task), outcome.ErrDeadlock) {
						refused++
					}
				}
			})
		}
		p.Pause() // a wait for a task that no pool has yet is none of the pool's
		submit(p, jobs...)
		p.Resume()
		synctest.Wait()
		for i := range n {
			for k := range n {
				if got := sched.Reaches(p, &jobs[i].Task, &jobs[k].Task); got != (i <= k) {
					t.Fatalf("task %d reaches task %d: %v, want %v", i, k, got, i <= k)
				}
			}
		}
		close(gate)
		await(t, jobs...)
		if refused != n {
			t.Errorf("%d of %d waits that close a cycle were refused", refused, n)
		}
	})
}

// A task that waits for the turn of a key reaches the one that has it.
func TestTurnReaches(t *testing.T) {
	with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
		gate := make(chan struct{})
		k := func(o *options.Task) { o.Key = "k" }
		first := rich(func(context.Context) { <-gate }, k)
		second := rich(nothing, k)
		submit(p, first, second)
		if !sched.Reaches(p, &second.Task, &first.Task) || sched.Reaches(p, &first.Task, &second.Task) {
			t.Error("the second task of a key does not reach the first, or the first reaches it")
		}
		close(gate)
		await(t, first, second)
	})
}

// A wait that any one of several tasks ends is no part of a cycle when one has settled, though nobody
// has been told yet.
func TestMemberThatHasSettledAndIsNotTold(t *testing.T) {
	for until, state := range map[waitset.Until]outcome.State{
		waitset.One: outcome.Cancelled, waitset.Success: outcome.Succeeded, waitset.NoFailure: outcome.Failed, waitset.NoLoss: outcome.Cancelled,
	} {
		with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
			elsewhere, gate := plain(nothing), make(chan struct{})
			var parent *job
			var waits, awaits error
			child := plain(func(ctx context.Context) {
				<-gate
				awaits = sched.Await(ctx, &parent.Task)
			})
			parent = plain(func(ctx context.Context) {
				tasks := []*job{elsewhere, child}
				set := sched.NewSet(until, len(tasks), func(i int32) *sched.Task { return &tasks[i].Task })
				defer set.Close()
				elsewhere.Settle(state)
				waits = set.Block(ctx)
			})
			p.Pause() // a task that no pool has yet is work elsewhere
			submit(p, child, parent)
			p.Resume()
			synctest.Wait()
			close(gate)
			synctest.Wait()
			elsewhere.Release()
			await(t, parent, child)
			if waits != nil || awaits != nil {
				t.Errorf("until %v: a wait with a member that has settled = %v, and one for its task = %v, want nil", until, waits, awaits)
			}
		})
	}
}
