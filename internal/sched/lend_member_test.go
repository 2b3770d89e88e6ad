package sched_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// A slot that is lent starts no member whose context has ended, also if the pool has not been told
// of that.
func TestLentSlotAfterTheEndOfAContext(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		ctx := &untold{bg, make(chan struct{})}
		child := plain(func(context.Context) { t.Error("a task runs whose context has ended") })
		parent := plain(func(own context.Context) {
			p.Submit(ctx, &child.Task)
			close(ctx.done)
			_ = sched.Await(own, &child.Task)
		})
		submit(p, parent)
		await(t, parent)
		wantState(t, "the child", child, outcome.Cancelled)
	})
}

// A slot that is lent does not go to a member that waits for a place in the queue, which the pool has
// not taken: that comes behind the task that has the place.
func TestLentSlotAndEntry(t *testing.T) {
	with(t, options.Pool{Workers: 1, Queue: 1}, func(t *testing.T, p *sched.Pool) {
		rest := func(*options.Task) {}
		var order []string
		note := func(name string) func(context.Context) { return func(context.Context) { order = append(order, name) } }
		input, first, entry := rich(nothing, rest), rich(note("first"), rest), rich(note("entry"), rest)
		entry.x.After(&input.Task)
		submit(p, input)
		await(t, input)
		parent := rich(func(ctx context.Context) {
			submit(p, first, entry)
			if s := p.Stats(); s.Queued != 1 || s.Deferred != 1 {
				t.Errorf("Stats() = %+v, want a task in the queue, and one that waits for a place", s)
			}
			_ = sched.Await(ctx, &entry.Task)
		}, rest)
		submit(p, parent)
		await(t, parent, first)
		if s := p.Stats(); s.Deferred != 0 || len(order) != 2 || order[0] != "first" {
			t.Errorf("started %v, Stats() = %+v, want first, entry, and nothing left", order, s)
		}
	})
}

// A wait that its context has ended, when its task wants its slot back, is told nothing more: the
// next one that uses its memory ends when what it is for has settled.
func TestWaitThatLeftIsNotTold(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, p *sched.Pool, child *job){
		"Await": func(ctx context.Context, p *sched.Pool, child *job) {
			p.Submit(bg, &child.Task)
			_ = sched.Await(ctx, &child.Task)
		},
		"Group.Wait": func(ctx context.Context, p *sched.Pool, child *job) {
			g := sched.NewGroup(ctx, bg, p, options.Group{}, nil)
			g.Submit(bg, &child.Task)
			_ = g.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			with(t, options.Pool{Workers: 2, MaxWeight: 2}, func(t *testing.T, p *sched.Pool) {
				weight := func(n int64) func(*options.Task) { return func(o *options.Task) { o.Weight = n } }
				light := make(chan struct{})
				child := rich(nothing, weight(1))
				late := rich(nothing, func(o *options.Task) { o.Delay = time.Hour })
				other := rich(func(ctx context.Context) {
					<-light
					p.Submit(bg, &late.Task)
					if err := sched.Await(ctx, &late.Task); err != nil || !late.Settled() {
						t.Errorf("Await() = %v before its task has settled", err)
					}
				}, weight(1))
				left, stay := make(chan struct{}), make(chan struct{})
				parent := rich(func(ctx context.Context) {
					ctx, cancel := context.WithCancel(ctx)
					time.AfterFunc(time.Second, cancel)
					p.Submit(bg, &other.Task)
					wait(ctx, p, child)
					close(left)
					<-stay
				}, weight(2))
				submit(p, parent)
				<-left
				if s := p.Stats(); s.Waiting != 1 || !child.Settled() {
					t.Errorf("Stats() = %+v, want a task that runs without its slot", s)
				}
				close(light)
				synctest.Wait()
				close(stay)
				await(t, parent, other)
			})
		})
	}
}

// A wait of a goroutine that has outlived its task, while a search through other pools was under
// way, is none of the task.
func TestWaitThatOutlivesItsTask(t *testing.T) {
	p := sched.New(options.Pool{Workers: 3, Queue: options.Unbounded, IdleTimeout: time.Minute})
	between, settle := across(p)
	key := func(o *options.Task) { o.Key = "k" }
	has, behind := rich(func(ctx context.Context) { _ = sched.Await(ctx, &between.Task) }, key), rich(nothing, key)
	submit(p, has, behind)
	untilWaits(p, has, 1)
	release := sched.HoldSearches()
	left := make(chan error, 1)
	gate := make(chan struct{})
	parent := plain(func(ctx context.Context) {
		go func() { left <- sched.Await(ctx, &behind.Task) }()
		<-gate
	})
	submit(p, parent)
	untilWatches(p, parent, 1)
	close(gate)
	await(t, parent)
	release()
	if err := <-left; !errors.Is(err, outcome.ErrNotDone) {
		t.Errorf("Await() with the context of a task that has ended = %v, want ErrNotDone", err)
	}
	if s := p.Stats(); s.Running != 2 || s.Waiting != 0 {
		t.Errorf("Stats() = %+v, want two that run", s)
	}
	settle()
	_ = p.Close()
}

// A task that ran beside the slots is tried again in one of them.
func TestRetryOfCallerRuns(t *testing.T) {
	with(t, options.Pool{Workers: 1, Queue: 1, Overflow: options.CallerRuns}, func(t *testing.T, p *sched.Pool) {
		rest := func(*options.Task) {}
		gate := make(chan struct{})
		holds, queued, next := rich(func(context.Context) { <-gate }, rest), rich(nothing, rest), rich(nothing, rest)
		attempts := 0
		var beside *job
		beside = rich(func(context.Context) {
			attempts++
			if attempts == 1 {
				beside.SetErr(errors.New("again"))
				return
			}
			beside.SetErr(nil)
			submit(p, next)
			wantState(t, "a task while another one has the slot", next, outcome.Pending)
		}, func(o *options.Task) {
			o.Retry = func(int, error) (time.Duration, bool) { return time.Second, true }
		})
		submit(p, holds, queued)
		go submit(p, beside)
		synctest.Wait()
		close(gate)
		await(t, holds, queued, beside, next)
		if attempts != 2 {
			t.Errorf("%d attempts, want 2", attempts)
		}
	})
}
