package parallel_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// If the executor takes no more, that is one last error, which says why.
func TestRefusal(t *testing.T) {
	why := errors.New("why")
	ends := map[string]struct {
		end  func(p *sched.Pool, g *sched.Group)
		want error
	}{
		"Seal":   {func(p *sched.Pool, _ *sched.Group) { p.Seal() }, sched.ErrClosed},
		"Stop":   {func(p *sched.Pool, _ *sched.Group) { p.Stop(why) }, why},
		"Cancel": {func(_ *sched.Pool, g *sched.Group) { g.Cancel(why) }, why},
	}
	for name, e := range ends {
		for _, l := range loops {
			for _, midway := range []bool{false, true} {
				for _, tu := range tunings() {
					inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
						g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
						defer g.Wait()
						if !midway {
							e.end(p, g)
						}
						var w watch
						n := 0
						var last error
						for v, err := range l.run(bg, g, w.input(), w.slow, tu.config()) {
							switch {
							case last != nil:
								t.Fatalf("%s, %s, %v: goes on after %v", l.name, name, tu, last)
							case err == nil && !tu.unordered && v != 2*n:
								t.Errorf("%s, %s, %v: result %d is %d, want %d", l.name, name, tu, n, v, 2*n)
							}
							last = err
							if n++; n == 9 {
								e.end(p, g)
							}
						}
						w.over(t, l.name)
						if !errors.Is(last, e.want) || !errors.Is(last, outcome.ErrCancelled) {
							t.Errorf("%s, %s, %v: the last error is %v, want %v", l.name, name, tu, last, e.want)
						}
						if midway != (n > 9) {
							t.Errorf("%s, %s, %v: yields %d results", l.name, name, tu, n)
						}
					})
				}
			}
		}
	}
}

// MapSlice and ForEach return the error of an executor that takes no more.
func TestRefusalFailsFast(t *testing.T) {
	for _, midway := range []bool{false, true} {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			if !midway {
				p.Seal()
			}
			seal := func(_ context.Context, v int) (int, error) {
				if v == 8 {
					p.Seal()
				}
				time.Sleep(ms)
				return v, nil
			}
			if _, err := parallel.MapSlice(bg, p, doubles(100), seal, newConfig()); !errors.Is(err, sched.ErrClosed) {
				t.Errorf("MapSlice returns %v, want ErrClosed", err)
			}
			err := parallel.ForEach(bg, p, func(yield func(int) bool) {
				for yield(1) {
				}
			}, func(context.Context, int) error { return nil }, newConfig())
			if !errors.Is(err, sched.ErrClosed) {
				t.Errorf("ForEach returns %v, want ErrClosed", err)
			}
		})
	}
}

// A loop inside an item of a loop, and so on, completes with one worker.
func TestNested(t *testing.T) {
	const depth, items = 3, 3
	for _, l := range loops {
		for _, workers := range []int{1, 2} {
			for _, tu := range tunings() {
				inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
					var count func(level int) mapFunc
					count = func(level int) mapFunc {
						return func(ctx context.Context, _ int) (n int, err error) {
							if level == 0 {
								return 1, nil
							}
							for v, err := range l.run(ctx, p, upTo(items), count(level-1), tu.config()) {
								if err != nil {
									return 0, err
								}
								n += v
							}
							return n, nil
						}
					}
					got, err := count(depth)(bg, 0)
					if want := items * items * items; got != want || err != nil {
						t.Errorf("%s, %d workers, %v: %d, %v, want %d", l.name, workers, tu, got, err, want)
					}
				})
			}
		}
	}
}

// So do two loops one over the other, whose slots are those of one worker.
func TestChained(t *testing.T) {
	const items = 30
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
				outer := func(ctx context.Context, _ int) (n int, err error) {
					var in iter.Seq2[int, error] = upTo(items)
					for range 3 {
						in = l.run(ctx, p, in, func(_ context.Context, v int) (int, error) { return v + 1, nil }, tu.config())
					}
					for v, err := range in {
						if err != nil {
							return 0, err
						}
						n += v
					}
					return n, nil
				}
				vs, errs := collect(parallel.Seq(bg, p, upTo(1), outer, newConfig()))
				if want := items*(items-1)/2 + 3*items; len(vs) != 1 || vs[0] != want {
					t.Errorf("%s, %v: %v, %v, want %d", l.name, tu, vs, errs, want)
				}
			})
		}
	}
}

// A loop gives its slots to others after a few items, and two loops on one pool both
// get on.
func TestFair(t *testing.T) {
	for _, l := range loops {
		inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
			at := make(chan int, 1)
			go func() {
				time.Sleep(10 * ms)
				vs, _ := collect(parallel.Seq(bg, p, upTo(1), func(context.Context, int) (int, error) { return 0, nil }, newConfig()))
				at <- len(vs)
			}()
			n := 0
			for range l.run(bg, p, upTo(1000), func(context.Context, int) (int, error) {
				time.Sleep(ms)
				return 0, nil
			}, newConfig()) {
				n++
				select {
				case <-at:
					if n > 20 {
						t.Errorf("%s: another loop of one item is through after %d items, want a few", l.name, n)
					}
					return
				default:
				}
			}
			t.Errorf("%s: another loop does not get on", l.name)
		})
	}
}
