package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

func concat(_ context.Context, a, b string) (string, error) { return a + b, nil }

// words returns n different words.
func words(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("<", i, ">")
	}
	return all
}

// Reduce returns what a loop from left to right does: joining words is associative and not
// commutative.
func TestReduce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 1 << 30} {
		for _, concurrency := range []int{1, 2, 1 << 30} {
			p := pool.New(millrace.WithWorkers(workers))
			for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 9, 31, 100, 1001} {
				in := words(n)
				got, err := pool.Reduce(bg, p, in, concat, millrace.WithConcurrency(concurrency))
				if want := strings.Join(words(n), ""); got != want || err != nil {
					t.Errorf("%d workers, %d at once: Reduce of %d words = %q, %v, want %q", workers, concurrency, n, got, err, want)
				}
				if strings.Join(in, "") != strings.Join(words(n), "") {
					t.Errorf("Reduce has written to its input")
				}
			}
			p.Close()
		}
	}
}

// Calls that take long are made in parallel: in as many steps as a tree is deep.
func TestReduceIsParallel(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		defer p.Close()
		for _, c := range []struct{ items, steps int }{{2, 1}, {4, 2}, {16, 4}} {
			start := time.Now()
			_, err := pool.Reduce(bg, p, words(c.items), func(_ context.Context, a, b string) (string, error) {
				time.Sleep(time.Second)
				return a + b, nil
			})
			if took, want := time.Since(start), time.Duration(c.steps)*time.Second; took != want || err != nil {
				t.Errorf("%d items take %v (%v), want %v", c.items, took, err, want)
			}
		}
	})
}

// An error has the index of the first item that the second argument stood for, in whichever
// round it comes.
func TestReduceFails(t *testing.T) {
	for name, die := range map[string]func() error{
		"error":  func() error { return errBoom },
		"panic":  func() error { panic(errBoom) },
		"goexit": func() error { runtime.Goexit(); return nil },
	} {
		for _, workers := range []int{1, 2, 8} {
			for n := 2; n < 70; n += 13 {
				for at := 1; at < n; at++ {
					p := pool.New(millrace.WithWorkers(workers))
					_, err := pool.Reduce(bg, p, words(n), func(ctx context.Context, a, b string) (string, error) {
						if strings.HasPrefix(b, fmt.Sprint("<", at, ">")) {
							if err := die(); err != nil {
								return "", err
							}
						}
						return a + b, nil
					})
					var item *pool.ItemError
					switch {
					case !errors.As(err, &item):
						t.Errorf("%s: Reduce = %v, want an ItemError", name, err)
					case item.Index != at, name == "error" && item.Err != errBoom:
						t.Errorf("%d workers, %d items: the error is that of item %d (%v), want %d", workers, n, item.Index, item.Err, at)
					case name == "goexit" && !errors.Is(err, future.ErrGoexit), name != "goexit" && !errors.Is(err, errBoom):
						t.Errorf("%s: Reduce = %v, want the error that the function ended with", name, err)
					}
					p.Close()
				}
			}
		}
	}
}

// The end of ctx acts between any two calls.
func TestReduceEnds(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	ctx, cancel := context.WithCancelCause(bg)
	var calls atomic.Int64
	_, err := pool.Reduce(ctx, p, words(1000), func(_ context.Context, a, _ string) (string, error) {
		if calls.Add(1) == 5 {
			cancel(errBoom)
		}
		return a, nil
	})
	if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errBoom) {
		t.Errorf("Reduce = %v, want ErrNotDone with the cause", err)
	}
	if n := calls.Load(); n != 5 {
		t.Errorf("%d calls, want none after ctx has ended in the fifth", n)
	}
}
