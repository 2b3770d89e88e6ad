package sched_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

type key struct{}

// A context is held on to while tasks of it are there, and no longer.
func TestScopesAreDropped(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		const n = 200
		holds, release := hold()
		submit(p, holds)
		var jobs []*job
		for range n {
			ctx, cancel := context.WithCancel(bg)
			defer cancel()
			for range 3 {
				j := plain(nothing)
				p.Submit(ctx, &j.Task)
				jobs = append(jobs, j)
			}
		}
		synctest.Wait()
		if registered, _ := sched.Scopes(p); registered != n {
			t.Errorf("the pool is registered on %d contexts, want one registration for each of %d", registered, n)
		}
		release()
		await(t, jobs...)
		synctest.Wait()
		if registered, spare := sched.Scopes(p); registered != 0 || spare > sched.MaxSpare {
			t.Errorf("an idle pool is registered on %d contexts and keeps %d scopes", registered, spare)
		}
		if sched.Recent(p) {
			t.Error("an idle pool holds on to a context")
		}
	})
}

// The end of a context settles all of its pending tasks and no others: also if older tasks have settled
// before, of it or of another one.
func TestEndSettlesTheTasksOfItsContext(t *testing.T) {
	const n = 100
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		holds, release := hold()
		submit(p, holds)
		pending := func(ctx context.Context) (jobs []*job) {
			for range n {
				j := plain(nothing)
				p.Submit(ctx, &j.Task)
				jobs = append(jobs, j)
			}
			return jobs
		}
		wantAll := func(what string, jobs []*job, want outcome.State) {
			for i, j := range jobs {
				if got := j.State(); got != want {
					t.Errorf("task %d of %s is %v, want %v", i, what, got, want)
					return
				}
			}
		}
		before, endBefore := context.WithCancel(bg)
		defer endBefore()
		for _, j := range pending(before) {
			j.Cancel()
		}
		first, endFirst := context.WithCancel(bg)
		second, endSecond := context.WithCancel(bg)
		defer endSecond()
		ones, others := pending(first), pending(second)
		for _, j := range ones[:n/2] {
			j.Cancel()
		}
		ones = append(ones, pending(first)...)
		endFirst()
		synctest.Wait()
		wantAll("the first context", ones, outcome.Cancelled)
		wantAll("the second context", others, outcome.Pending)
		endSecond()
		synctest.Wait()
		wantAll("the second context", others, outcome.Cancelled)
		release()
	})
}

// The end of a context settles what is pending with it, and nothing else.
func TestScopeEnds(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		holds, release := hold()
		submit(p, holds)
		one, cancel := context.WithCancel(bg)
		two, stop := context.WithCancel(bg)
		defer stop()
		// Two contexts of one channel are two scopes.
		value := context.WithValue(one, key{}, 1)
		a, b, c := plain(nothing), plain(nothing), plain(nothing)
		p.Submit(one, &a.Task)
		p.Submit(two, &b.Task)
		p.Submit(value, &c.Task)
		synctest.Wait()
		if registered, _ := sched.Scopes(p); registered != 3 {
			t.Errorf("the pool is registered on %d contexts, want 3", registered)
		}
		cancel()
		synctest.Wait()
		wantState(t, "of the context that has ended", a, outcome.Cancelled)
		wantState(t, "of one below that", c, outcome.Cancelled)
		wantState(t, "of another context", b, outcome.Pending)
		if registered, _ := sched.Scopes(p); registered != 1 {
			t.Errorf("the pool is registered on %d contexts, want 1", registered)
		}
		release()
		await(t, b)
		wantState(t, "of another context", b, outcome.Succeeded)
	})
}

// What a scope notes of its tasks does not grow with those that have settled.
func TestScopeIsTidied(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		var last *job
		gate := make(chan struct{})
		for i := range 5000 {
			j := plain(func(context.Context) { <-gate })
			p.Submit(ctx, &j.Task)
			if i > 0 { // one runs and one is pending, all the time
				gate <- struct{}{}
				await(t, last)
			}
			last = j
		}
		if n := sched.Noted(&last.Task); n > 16 {
			t.Errorf("a scope has room for %d tasks, of which two are there", n)
		}
		close(gate)
		await(t, last)
	})
}

// Nor does it grow with the attempts of one.
func TestScopeNotesRetriesOnce(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		const attempts = 1000
		var j *job
		noted, n := 0, 0
		j = rich(func(context.Context) {
			noted = sched.Noted(&j.Task)
			if n++; n < attempts {
				j.SetErr(errors.New("again"))
			} else {
				j.SetErr(nil)
			}
		}, func(o *options.Task) {
			o.Retry = func(int, error) (time.Duration, bool) { return 0, true }
		})
		p.Submit(ctx, &j.Task)
		await(t, j)
		if n != attempts || noted > 16 {
			t.Errorf("a scope of one task has room for %d after %d attempts of %d", noted, n, attempts)
		}
	})
}

// The end of a context finds a task that rests, also if the scope was tidied while the task
// was at a later attempt.
func TestScopeEndsRetries(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		ctx, cancel := context.WithCancel(bg)
		gate := make(chan struct{})
		n := 0
		var j *job
		j = rich(func(context.Context) {
			if n++; n == 2 {
				<-gate
			}
			j.SetErr(errors.New("again"))
		}, func(o *options.Task) {
			o.Retry = func(n int, _ error) (time.Duration, bool) { return time.Duration(n-1) * time.Hour, true }
		})
		p.Submit(ctx, &j.Task)
		synctest.Wait()
		var pending []*job
		for range 40 {
			pending = append(pending, plain(nothing))
			p.Submit(ctx, &pending[len(pending)-1].Task)
		}
		gate <- struct{}{}
		await(t, pending...)
		wantState(t, "between two attempts", j, outcome.Running)
		cancel()
		synctest.Wait()
		wantState(t, "after the end of its context", j, outcome.Failed)
		if n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
	})
}

// A context is kept for the next task only by a worker that comes back at once.
func TestScopeLingersForNobody(t *testing.T) {
	wantNone := func(t *testing.T, p *sched.Pool) {
		t.Helper()
		if registered, _ := sched.Scopes(p); registered > 0 || sched.Recent(p) {
			t.Errorf("the pool is registered on %d contexts, and holds on to one: %v; want none", registered, sched.Recent(p))
		}
	}
	under := func(p *sched.Pool, ctx context.Context) *job {
		j := plain(nothing)
		p.Submit(ctx, &j.Task)
		return j
	}
	for name, test := range map[string]func(t *testing.T, p *sched.Pool, ctx context.Context){
		"another task runs": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			holds, release := hold()
			submit(p, holds)
			await(t, under(p, ctx))
			wantNone(t, p)
			release()
		},
		"it was never started": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			p.Pause()
			under(p, ctx).Cancel()
			wantNone(t, p)
			p.Resume()
		},
		"it is not the last one": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			p.Pause()
			first := under(p, ctx)
			other, cancel := context.WithCancel(bg)
			defer cancel()
			under(p, other).Cancel()
			p.Resume()
			await(t, first)
			synctest.Wait()
			wantNone(t, p)
		},
		"another one comes": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			for range 100 {
				p.Pause()
				j := under(p, ctx)
				p.Resume()
				await(t, j)
				other, cancel := context.WithCancel(bg)
				await(t, under(p, other))
				cancel()
				synctest.Wait()
				wantNone(t, p)
			}
		},
		"its worker ends": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			j := plain(func(context.Context) { runtime.Goexit() })
			p.Submit(ctx, &j.Task)
			synctest.Wait()
			wantNone(t, p)
		},
		"a function of OnDone runs": func(t *testing.T, p *sched.Pool, ctx context.Context) {
			p.Pause()
			j, kept := under(p, ctx), make(chan bool, 1)
			j.AttachCall(new(outcome.Waiter), target(func() { kept <- sched.Recent(p) }))
			p.Resume()
			if <-kept {
				t.Error("the pool holds on to the context of what has settled")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
				ctx, cancel := context.WithCancel(bg)
				defer cancel()
				test(t, p, ctx)
			})
		})
	}
}

type target func()

func (f target) Fire(*outcome.Waiter) { f() }
