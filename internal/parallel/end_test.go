package parallel_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// A watch knows whether functions of a loop run, or have run since it ended.
type watch struct {
	running atomic.Int64
	ended   atomic.Bool
	late    atomic.Bool
}

func (w *watch) enter() (leave func()) {
	if w.ended.Load() {
		w.late.Store(true)
	}
	w.running.Add(1)
	return func() { w.running.Add(-1) }
}

// over says that the loop has ended.
func (w *watch) over(t *testing.T, what string) {
	t.Helper()
	w.ended.Store(true)
	if n := w.running.Load(); n != 0 {
		t.Errorf("%s: %d functions run after the loop has ended, want none", what, n)
	}
	time.Sleep(time.Second)
	if w.late.Load() {
		t.Errorf("%s: functions were called after the loop had ended", what)
	}
}

// input returns an endless input.
func (w *watch) input() iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer w.enter()()
		for v := 0; yield(v, nil); v++ {
		}
	}
}

// slow is a function that returns when its context ends, if that is before a time
// that differs between items.
func (w *watch) slow(ctx context.Context, v int) (int, error) {
	defer w.enter()()
	select {
	case <-time.After(time.Duration(v%4) * ms):
	case <-ctx.Done():
	}
	return 2 * v, nil
}

// After break at any position nothing of a loop runs, and no goroutine is left.
func TestBreak(t *testing.T) {
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
				for position := 1; position < 12; position++ {
					var w watch
					n := 0
					for range l.run(bg, p, w.input(), w.slow, tu.config()) {
						if n++; n == position {
							break
						}
					}
					w.over(t, l.name)
					if n != position {
						t.Errorf("%s, %v: yields %d results, want %d", l.name, tu, n, position)
					}
				}
			})
		}
	}
}

// break waits for the input to come back from its current item, and says so to it.
func TestBreakEndsTheInput(t *testing.T) {
	for _, l := range loops {
		inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
			end := make(chan struct{})
			cfg := newConfig()
			cfg.Ending = func() { close(end) }
			var w watch
			in := func(yield func(int, error) bool) {
				defer w.enter()()
				if yield(1, nil) {
					<-end
					time.Sleep(ms)
				}
			}
			for range l.run(bg, p, in, w.slow, cfg) {
				break
			}
			w.over(t, l.name)
		})
	}
}

// The panic of a body goes on when everything has been joined, and so does Goexit.
func TestDeathOfTheBody(t *testing.T) {
	for _, l := range loops {
		for _, goexit := range []bool{false, true} {
			inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
				var w watch
				died := make(chan any, 1)
				go func() {
					defer func() {
						r := recover()
						w.over(t, l.name)
						died <- r
					}()
					for v := range l.run(bg, p, w.input(), w.slow, newConfig()) {
						switch {
						case v < 10:
						case goexit:
							runtime.Goexit()
						default:
							panic("body")
						}
					}
					t.Errorf("%s: the loop ends, want a panic or Goexit", l.name)
				}()
				if got := <-died; !goexit && got != "body" || goexit && got != nil {
					t.Errorf("%s: dies of %v", l.name, got)
				}
			})
		}
	}
}

// The panic of an input goes on in the caller with its value, when everything has
// been joined, and so does Goexit. Items at work are cancelled.
func TestDeathOfTheInput(t *testing.T) {
	for _, l := range loops {
		for _, goexit := range []bool{false, true} {
			inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
				var w watch
				in := func(yield func(int, error) bool) {
					defer w.enter()()
					yield(0, nil)
					yield(1, nil)
					if goexit {
						runtime.Goexit()
					}
					panic("input")
				}
				fn := func(ctx context.Context, v int) (int, error) {
					defer w.enter()()
					if v == 1 {
						<-ctx.Done()
					}
					return v, nil
				}
				died := make(chan any, 1)
				go func() {
					defer func() {
						r := recover()
						w.over(t, l.name)
						died <- r
					}()
					for range l.run(bg, p, in, fn, newConfig()) {
					}
					t.Errorf("%s: the loop ends, want a panic or Goexit", l.name)
				}()
				if got := <-died; !goexit && got != "input" || goexit && got != nil {
					t.Errorf("%s: dies of %v", l.name, got)
				}
			})
		}
	}
}

// A panic of an item is its error, with the stack of the panic; a Goexit is too,
// and the pool keeps its capacity. The loop goes on.
func TestDeathOfItems(t *testing.T) {
	const items, workers = 60, 3
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
				fn := func(_ context.Context, v int) (int, error) {
					time.Sleep(ms)
					switch v % 6 {
					case 2:
						panic(v)
					case 4:
						runtime.Goexit()
					}
					return v, nil
				}
				panics, goexits := 0, 0
				vs, errs := collect(l.run(bg, p, upTo(items), fn, tu.config()))
				for _, err := range errs {
					var f *fault.PanicError
					switch {
					case errors.As(err, &f) && len(f.Stack) > 0:
						panics++
					case errors.Is(err, outcome.ErrGoexit):
						goexits++
					}
				}
				if len(vs) != items*4/6 || panics != items/6 || goexits != items/6 {
					t.Errorf("%s, %v: %d values, %d panics, %d goexits, want %d, %d, %d", l.name, tu,
						len(vs), panics, goexits, items*4/6, items/6, items/6)
				}
				start := time.Now()
				collect(l.run(bg, p, upTo(3*workers), func(context.Context, int) (int, error) {
					time.Sleep(ms)
					return 0, nil
				}, newConfig()))
				if took := time.Since(start); took != 3*ms {
					t.Errorf("%s, %v: after that %d items take %v, want 3ms", l.name, tu, 3*workers, took)
				}
			})
		}
	}
}

// The end of the context yields one last error, and cancels what runs. If all was
// delivered before there is none.
func TestContextEnd(t *testing.T) {
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
				cause := errors.New("cause")
				ctx, cancel := context.WithCancelCause(bg)
				var w watch
				n := 0
				var last error
				for _, err := range l.run(ctx, p, w.input(), w.slow, tu.config()) {
					if last != nil {
						t.Errorf("%s, %v: goes on after %v", l.name, tu, last)
					}
					last = err
					if n++; n == 7 {
						cancel(cause)
					}
				}
				w.over(t, l.name)
				if n != 8 || !errors.Is(last, outcome.ErrNotDone) || !errors.Is(last, cause) {
					t.Errorf("%s, %v: yields %d results, the last %v, want 8, and the cause", l.name, tu, n, last)
				}
				vs, errs := collect(l.run(ctx, p, upTo(3), double, tu.config()))
				if len(vs) != 0 || len(errs) != 1 || !errors.Is(errs[0], outcome.ErrNotDone) {
					t.Errorf("%s, %v: with an ended context: %v, %v, want one error", l.name, tu, vs, errs)
				}

				// It has to be known that nothing more comes: the window may have no place
				// for another item, because the third is in it; and with Unordered Flat may
				// have yielded what the second gave, but not have seen its end.
				if tu.window == 1 || tu.window == 2 && tu.unordered {
					return
				}
				ctx, cancel = context.WithCancelCause(bg)
				defer cancel(nil)
				n = 0
				for _, err := range l.run(ctx, p, upTo(3), double, tu.config()) {
					if n++; n == 3 {
						time.Sleep(ms)
						cancel(cause)
					}
					if err != nil {
						t.Errorf("%s, %v: yields %v", l.name, tu, err)
					}
				}
			})
		}
	}
}

// The end of the context ends MapSlice and ForEach, whose error is that, and not
// those of items that noticed it.
func TestContextEndFailsFast(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
		wait := func(ctx context.Context, v int) (int, error) {
			<-ctx.Done()
			return v, ctx.Err()
		}
		ctx, cancel := context.WithTimeout(bg, ms)
		defer cancel()
		if out, err := parallel.MapSlice(ctx, p, doubles(100), wait, newConfig()); out != nil || !errors.Is(err, outcome.ErrNotDone) {
			t.Errorf("MapSlice returns %v, %v, want ErrNotDone", out, err)
		}
		ctx, cancel = context.WithTimeout(bg, ms)
		defer cancel()
		err := parallel.ForEach(ctx, p, func(yield func(int) bool) {
			for yield(1) {
			}
		}, func(ctx context.Context, v int) error {
			_, err := wait(ctx, v)
			return err
		}, newConfig())
		if !errors.Is(err, outcome.ErrNotDone) {
			t.Errorf("ForEach returns %v, want ErrNotDone", err)
		}
	})
}

// A panic or a Goexit of an item ends MapSlice and ForEach, as an error does.
func TestDeathOfAnItemFailsFast(t *testing.T) {
	for _, goexit := range []bool{false, true} {
		inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
			fn := func(ctx context.Context, v int) (int, error) {
				if v < 20 {
					return v, nil
				}
				if v > 20 {
					<-ctx.Done()
					return 0, ctx.Err()
				}
				if goexit {
					runtime.Goexit()
				}
				panic(v)
			}
			for name, run := range all {
				if name != "MapSlice" && name != "ForEach" && name != "ForN" {
					continue
				}
				err := run(bg, p, 1000, fn, newConfig())
				var item *itemError
				var f *fault.PanicError
				switch {
				case !errors.As(err, &item) || item.index != 20:
					t.Errorf("%s returns %v, want an error of item 20", name, err)
				case goexit != errors.Is(err, outcome.ErrGoexit) || goexit == errors.As(err, &f):
					t.Errorf("%s returns %v for goexit %v", name, err, goexit)
				}
			}
		})
	}
}
