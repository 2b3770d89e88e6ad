package parallel_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// What is pulled after the end of the caller's context does not run, though a runner is looking
// for an item at the time. With one processor it is: it yields to the input.
func TestEndWhileARunnerLooks(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := newPool(2)
	for _, l := range loops {
		for range 50 {
			ctx, cancel := context.WithCancel(bg)
			in := func(yield func(int, error) bool) {
				_ = yield(0, nil)
				runtime.Gosched()
				cancel()
				_ = yield(1, nil)
			}
			for range l.run(ctx, p, in, func(_ context.Context, v int) (int, error) {
				if v == 1 {
					t.Errorf("%s: an item runs that was pulled after the end", l.name)
				}
				return v, nil
			}, newConfig()) {
			}
		}
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// A slowStop is a context that takes its time to let go of what ends before it does.
type slowStop struct {
	context.Context
	used *atomic.Bool // something below it was made
}

func (slowStop) Value(any) any { return nil }

func (c slowStop) AfterFunc(f func()) func() bool {
	stop := context.AfterFunc(c.Context, f)
	c.used.Store(true)
	return func() bool {
		time.Sleep(50 * time.Microsecond)
		return stop()
	}
}

// A run whose executor is ended as the run begins does not pass for one of no items, however
// long it takes until the run is told of it. In a real race: one in eight meets it.
func TestGroupEndsAsARunBegins(t *testing.T) {
	p := newPool(2)
	errEnd := errors.New("end")
	for n := range 500 {
		ctx, cancel := context.WithCancel(bg)
		g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
		var used atomic.Bool
		go func() {
			for !used.Load() {
				runtime.Gosched()
			}
			for range n * 4 {
				used.Load()
			}
			g.Cancel(errEnd)
		}()
		ran := false
		err := parallel.ForEach(slowStop{ctx, &used}, g, func(yield func(int) bool) { yield(1) }, func(context.Context, int) error {
			ran = true
			return nil
		}, newConfig())
		if err == nil && !ran {
			t.Fatalf("ForEach() = nil in round %d, and the item has not run", n)
		}
		cancel()
		_ = g.Wait()
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// Of two reasons why an executor takes no more the first one is the error of the run.
func TestFirstRefusal(t *testing.T) {
	for name, run := range all {
		for _, own := range []bool{false, true} {
			inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
				time.AfterFunc(time.Second, p.Seal)
				time.AfterFunc(5*time.Hour, func() { p.Stop(errors.New("stop")) })
				err := run(bg, p, 1000, func(_ context.Context, v int) (int, error) {
					time.Sleep(2 * time.Hour)
					if v == 3 {
						time.Sleep(10 * time.Hour)
					}
					return v, nil
				}, tuning{own: own}.config())
				if !errors.Is(err, sched.ErrClosed) {
					t.Errorf("%s, own %v: sealed, then stopped, it ends with %v, want ErrClosed", name, own, err)
				}
			})
		}
	}
}
