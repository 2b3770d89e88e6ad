package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// Every loop yields what a plain loop does, in order or not, whichever items take
// long, and errors of the function and of the input in their places.
func TestResults(t *testing.T) {
	const items = 40
	type result struct {
		v   int
		err string
	}
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
				var want, got []result
				in := func(yield func(int, error) bool) {
					for v := range items {
						var err error
						if v%7 == 3 {
							err = fmt.Errorf("input %d", v)
						}
						if !yield(v, err) {
							return
						}
					}
				}
				fn := func(_ context.Context, v int) (int, error) {
					time.Sleep(time.Duration(v*v%5) * ms)
					if v%11 == 5 {
						return -v, fmt.Errorf("item %d", v)
					}
					return 2 * v, nil
				}
				for v, err := range in {
					switch {
					case err != nil:
						want = append(want, result{0, err.Error()})
					case v%11 == 5:
						want = append(want, result{-v, fmt.Sprintf("item %d", v)})
					default:
						want = append(want, result{2 * v, ""})
					}
				}
				for v, err := range l.run(bg, p, in, fn, tu.config()) {
					r := result{v: v}
					if err != nil {
						r.err = err.Error()
					}
					got = append(got, r)
				}
				if tu.unordered {
					byAll := func(a, b result) int { return compareText(fmt.Sprint(a), fmt.Sprint(b)) }
					slices.SortFunc(want, byAll)
					slices.SortFunc(got, byAll)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, %v: yields %v, want %v", l.name, tu, got, want)
				}
			})
		}
	}
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// With Unordered results come as their items complete.
func TestUnordered(t *testing.T) {
	for _, l := range loops {
		inBubble(t, 4, func(t *testing.T, p *sched.Pool) {
			fn := func(_ context.Context, v int) (int, error) {
				time.Sleep(time.Duration(4-v) * ms)
				return v, nil
			}
			got, errs := collect(l.run(bg, p, upTo(4), fn, tuning{unordered: true}.config()))
			if want := []int{3, 2, 1, 0}; !slices.Equal(got, want) || errs != nil {
				t.Errorf("%s: yields %v, %v, want %v", l.name, got, errs, want)
			}
		})
	}
}

// Many trivial items: blocks of them are claimed and called back. Each runs once.
func TestEachItemRunsOnce(t *testing.T) {
	const items = 20_000
	for _, workers := range []int{1, 2, 3, 8} {
		for _, unordered := range []bool{false, true} {
			p := newPool(workers)
			runs := make([]int32, items)
			fn := func(_ context.Context, v int) (int, error) {
				runs[v]++ // whoever runs it a second time is seen by the race detector, or here
				return v, nil
			}
			got, errs := collect(parallel.Seq(bg, p, upTo(items), fn, tuning{unordered: unordered}.config()))
			check := func(name string) {
				for v, n := range runs {
					if n != 1 {
						t.Fatalf("%s, %d workers: item %d has run %d times, want once", name, workers, v, n)
					}
				}
				clear(runs)
			}
			if len(got) != items || errs != nil {
				t.Errorf("Seq, %d workers: yields %d items, %v, want %d", workers, len(got), errs, items)
			}
			check("Seq")
			out, err := parallel.MapSlice(bg, p, got, fn, newConfig())
			if !slices.Equal(out, got) || err != nil {
				t.Errorf("MapSlice, %d workers: returns other items, or %v", workers, err)
			}
			check("MapSlice")
			if err := p.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		}
	}
}

// The first error in time ends MapSlice and ForEach, and cancels the rest with
// itself as the cause.
func TestFirstError(t *testing.T) {
	errTwo := errors.New("two")
	loops := map[string]func(p *sched.Pool, fn mapFunc) error{
		"MapSlice": func(p *sched.Pool, fn mapFunc) error {
			out, err := parallel.MapSlice(bg, p, doubles(100), fn, tuning{concurrency: 3}.config())
			if out != nil {
				t.Errorf("MapSlice returns %v with an error", out)
			}
			return err
		},
		"ForEach": func(p *sched.Pool, fn mapFunc) error {
			return parallel.ForEach(bg, p, slices.Values(doubles(100)), func(ctx context.Context, v int) error {
				_, err := fn(ctx, v)
				return err
			}, tuning{concurrency: 3}.config())
		},
	}
	for name, run := range loops {
		inBubble(t, 5, func(t *testing.T, p *sched.Pool) {
			var mu sync.Mutex
			var causes []error
			err := run(p, func(ctx context.Context, v int) (int, error) {
				if v == 2 { // the second item
					time.Sleep(ms)
					return 0, errTwo
				}
				<-ctx.Done()
				mu.Lock()
				causes = append(causes, context.Cause(ctx))
				mu.Unlock()
				return 0, ctx.Err()
			})
			var item *itemError
			if !errors.As(err, &item) || item.index != 1 || item.err != errTwo {
				t.Errorf("%s returns %v, want the error of item 1", name, err)
			}
			if len(causes) != 2 || causes[0] != errTwo || causes[1] != errTwo {
				t.Errorf("%s: the contexts of the others end with %v, want %v twice", name, causes, errTwo)
			}
		})
	}
}

// Of two errors at once the one that is returned is the cause for everybody else.
func TestFirstErrorIsTheCause(t *testing.T) {
	p := newPool(3)
	defer p.Close()
	loops := map[string]func(fn mapFunc) error{
		"MapSlice": func(fn mapFunc) error {
			_, err := parallel.MapSlice(bg, p, []int{0, 1, 2}, fn, tuning{concurrency: 3}.config())
			return err
		},
		"ForEach": func(fn mapFunc) error {
			return parallel.ForEach(bg, p, slices.Values([]int{0, 1, 2}), func(ctx context.Context, v int) error {
				_, err := fn(ctx, v)
				return err
			}, tuning{concurrency: 3}.config())
		},
	}
	for name, run := range loops {
		for range 1000 {
			var start sync.WaitGroup
			start.Add(3)
			var cause error
			err := run(func(ctx context.Context, v int) (int, error) {
				start.Done()
				start.Wait()
				if v == 0 {
					<-ctx.Done()
					cause = context.Cause(ctx)
					return 0, cause
				}
				return 0, fmt.Errorf("item %d", v)
			})
			if item := new(itemError); !errors.As(err, &item) || item.err != cause {
				t.Fatalf("%s returns %v, and the context of the other ends with %v", name, err, cause)
			}
		}
	}
}
