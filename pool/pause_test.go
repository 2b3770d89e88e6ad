package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Close waits for Resume, and only for that.
func TestCloseWaitsForResume(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		p.Pause()
		p.Pause()
		f := pool.Submit(bg, p, nop)
		time.AfterFunc(time.Hour, p.Resume)
		begin := time.Now()
		if err := p.Close(); err != nil || time.Since(begin) != time.Hour {
			t.Errorf("Close() = %v after %v, want nil after 1h", err, time.Since(begin))
		}
		wantValue(t, "a task of before Close", f, 1)
	})
}

// A paused pool without pending tasks closes at once.
func TestCloseOfPausedIdlePool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		p.Pause()
		begin := time.Now()
		if p.Close(); time.Since(begin) != 0 {
			t.Errorf("Close() took %v, want no time", time.Since(begin))
		}
	})
}

// Stop, and Shutdown at the end of its context, do not wait for Resume.
func TestStopOfPausedPool(t *testing.T) {
	for name, end := range map[string]func(p *pool.Pool) error{
		"Stop": func(p *pool.Pool) error { p.Stop(nil); return nil },
		"Shutdown": func(p *pool.Pool) error {
			ctx, cancel := context.WithTimeout(bg, time.Minute)
			defer cancel()
			err := p.Shutdown(ctx)
			if down, ok := errors.AsType[*pool.ShutdownError](err); !ok || down.Cancelled != 1 {
				return err
			}
			return nil
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			p.Pause()
			f := pool.Submit(bg, p, nop)
			if err := end(p); err != nil {
				t.Errorf("%s of a paused pool = %v, want one task cancelled", name, err)
			}
			wantNeverRan(t, name, f, pool.ErrStopped)
			p.Close()
		})
	}
}

// Pause holds back what starts in other ways than from the queue, too.
func TestPauseOfAllKinds(t *testing.T) {
	for name, start := range map[string]func(p *pool.Pool) (done func() bool){
		"Then": func(p *pool.Pool) func() bool {
			f := pool.Then(bg, p, future.Resolved(1), func(context.Context, int) (int, error) { return 1, nil })
			return func() bool { return f.State() != future.Pending }
		},
		"delayed": func(p *pool.Pool) func() bool {
			f := pool.Submit(bg, p, nop, millrace.WithDelay(time.Second))
			return func() bool { return f.State() != future.Pending }
		},
		"Acquire": func(p *pool.Pool) func() bool {
			return ran(func() {
				if release, err := pool.Acquire(bg, p); err == nil {
					release()
				}
			})
		},
		"MapSlice": func(p *pool.Pool) func() bool {
			return ran(func() {
				pool.MapSlice(bg, p, []int{1, 2}, func(context.Context, int) (int, error) { return 1, nil })
			})
		},
		"CallerRuns": func(p *pool.Pool) func() bool {
			return ran(func() { pool.Submit(bg, p, nop, millrace.WithOverflow(millrace.CallerRuns)) })
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithQueue(1))
			p.Pause()
			if name == "CallerRuns" {
				pool.Submit(bg, p, nop)
			}
			done := start(p)
			time.Sleep(time.Hour)
			if s := stats(t, p); s.Running+int(s.Succeeded) != 0 || done() {
				t.Errorf("%s: Stats() of a paused pool = %+v, want nothing started", name, s)
			}
			p.Resume()
			synctest.Wait()
			if !done() {
				t.Errorf("%s has not run after Resume", name)
			}
			p.Close()
		})
	}
}

// ran calls fn in a goroutine of its own and returns a function that says if it has
// returned.
func ran(fn func()) func() bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// Drop counts what is pending wherever it waits, leaves what runs, and the pool goes on.
func TestDropOfAllKinds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(3))
		input := future.NewPromise[int]()
		then := func(context.Context, int) (int, error) { return 1, nil }
		gate := make(chan struct{})
		runs := pool.Submit(bg, p, waitsFor(gate))
		synctest.Wait()
		pending := []*intFuture{
			pool.Submit(bg, p, nop),
			pool.Submit(bg, p, nop, millrace.WithKey("k")),
			pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour)),
			pool.Then(bg, p, input.Future(), then),
			pool.Submit(bg, pool.NewGroup(bg, p, millrace.IgnoreErrors()), nop),
		}
		blocked := ran(func() { pending = append(pending, pool.Submit(bg, p, nop)) })
		synctest.Wait()
		if n := p.Drop(errBoom); n != 6 {
			t.Errorf("Drop() = %d, want 6", n)
		}
		synctest.Wait()
		if !blocked() {
			t.Error("a submitter is blocked after Drop")
		}
		for _, f := range pending {
			wantNeverRan(t, "a pending task", f, errBoom)
		}
		if n := p.Drop(nil); n != 0 {
			t.Errorf("a second Drop() = %d, want 0", n)
		}
		close(gate)
		wantValue(t, "the running task", runs, 1)
		wantValue(t, "a task after Drop", pool.Submit(bg, p, nop), 1)
		input.Resolve(1)
		p.Close()
	})
}

// Drop settles what is pending and what blocked submitters wait with, counts both, and
// the pool goes on.
func TestDropOfPendingAndBlocked(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(1))
		pending := pool.Submit(bg, p, nop)
		blocked := make(chan *intFuture, 1)
		go func() { blocked <- pool.Submit(bg, p, nop) }()
		synctest.Wait()
		if n := p.Drop(errBoom); n != 2 {
			t.Errorf("Drop() = %d, want 2", n)
		}
		wantNeverRan(t, "a pending task", pending, errBoom)
		wantNeverRan(t, "the task of a blocked submitter", <-blocked, errBoom)
		release()
		wantValue(t, "a task after Drop", pool.Submit(bg, p, nop), 1)
		stats(t, p)
		p.Close()
	})
}

// Nothing starts while a pool is paused, whatever is free; Resume starts it.
func TestPausedPoolStartsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		wantValue(t, "a task before", pool.Submit(bg, p, nop), 1)
		p.Pause()
		fs := submitMany(bg, p, 3)
		fs = append(fs, pool.Submit(bg, p, nop, millrace.WithPriority(1)))
		time.Sleep(time.Hour)
		if s := stats(t, p); s.Queued != 4 || s.Running != 0 {
			t.Errorf("Stats() of a paused pool = %+v, want 4 queued", s)
		}
		p.Resume()
		for _, f := range fs {
			wantValue(t, "a task", f, 1)
		}
		p.Close()
	})
}
