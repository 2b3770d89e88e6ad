package stream_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// appendTo reduces numbers to text, so that their order can be seen.
func (r *rig) appendTo(_ context.Context, text string, v int) (string, error) {
	defer r.call()()
	time.Sleep(time.Duration(v%4) * ms)
	return fmt.Sprint(text, " ", v), nil
}

func keyName(k int) string { return fmt.Sprint("key ", k, ":") }

// Items of a key are reduced in the order of the stream, as a loop would do it,
// with any options.
func TestReduceByKey(t *testing.T) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		for _, keys := range []int{1, 3, 40} {
			inRig(t, 4, func(r *rig) {
				key := func(v int) int {
					defer r.call()()
					return v % keys
				}
				wantMap := map[int]string{}
				for v := range 40 {
					if wantMap[v%keys] == "" {
						wantMap[v%keys] = keyName(v % keys)
					}
					wantMap[v%keys] += fmt.Sprint(" ", v)
				}
				s := stream.FromSeq(r.first(40))
				for range 2 {
					r.run(func() {
						got, err := stream.ReduceByKey(bg, s, r.pool, key, keyName, r.appendTo, tu.options()...)
						if err != nil || !maps.Equal(got, wantMap) {
							t.Errorf("ReduceByKey() of %d keys = %v, %v, want %v, nil", keys, got, err, wantMap)
						}
					})
				}
			})
		}
	})
}

// Keys are reduced in parallel, on the slots of the executor.
func TestReduceByKeyIsParallel(t *testing.T) {
	inRig(t, 3, func(r *rig) {
		start := time.Now()
		r.run(func() {
			got, err := stream.ReduceByKey(bg, stream.FromSlice(upTo(30)), r.pool,
				func(v int) int { return v % 3 }, func(int) int { return 0 },
				func(_ context.Context, n, _ int) (int, error) {
					defer r.call()()
					time.Sleep(10 * ms)
					return n + 1, nil
				})
			if err != nil || !maps.Equal(got, map[int]int{0: 10, 1: 10, 2: 10}) {
				t.Errorf("ReduceByKey() = %v, %v, want 10 of each", got, err)
			}
		})
		if took := time.Since(start); took != 100*ms {
			t.Errorf("3 keys of 10 items of 10ms take %v, want 100ms", took)
		}
	})
}

// Of nothing it is an empty map.
func TestReduceByKeyOfNothing(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		got, err := stream.ReduceByKey(bg, ints{}, r.pool, func(v int) int { return v }, keyName, r.appendTo)
		if got == nil || len(got) != 0 || err != nil {
			t.Errorf("ReduceByKey() of nothing = %v, %v, want an empty map", got, err)
		}
	})
}

// key is called once for each item, by one goroutine at a time, and init once for
// each key.
func TestReduceByKeyCalls(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		var keyed, begun []int
		got, err := stream.ReduceByKey(bg, stream.FromSlice(upTo(20)), r.pool,
			func(v int) int { keyed = append(keyed, v); return 0 },
			func(k int) string { begun = append(begun, k); return keyName(k) }, r.appendTo)
		if err != nil || len(got) != 1 {
			t.Errorf("ReduceByKey() = %v, %v, want one key", got, err)
		}
		want(t, "key's calls", keyed, upTo(20), false)
		want(t, "init's calls", begun, []int{0}, false)
	})
}

// The first error ends the run and is returned with the results so far, which are
// those before it for its key.
func TestReduceByKeyErrors(t *testing.T) {
	byTwo := func(v int) int { return v % 2 }
	ends := map[string]struct {
		s     func(r *rig) ints
		key   func(int) int
		init  func(int) string
		at    func(v int) error
		is    error
		panic bool
	}{
		"of the stream": {s: func(*rig) ints { return stream.Concat(from(faultAt(4, 4)), from([]item[int]{failed(4)})) }, is: fault(4)},
		"of fn":         {at: func(v int) error { return map[bool]error{true: fault(4)}[v == 4] }, is: fault(4)},
		"panic of fn":   {at: func(v int) error { panicAtThree(v - 1); return nil }, is: fault(3), panic: true},
		"Goexit of fn": {at: func(v int) error {
			if v == 4 {
				runtime.Goexit()
			}
			return nil
		}, is: future.ErrGoexit},
		"panic of key":  {key: func(v int) int { panicAtThree(v - 1); return byTwo(v) }, is: fault(3), panic: true},
		"panic of init": {key: func(v int) int { return byTwo(v) + v/4*2 }, init: func(k int) string { panicAtThree(k + 1); return keyName(k) }, is: fault(3), panic: true},
	}
	for how, e := range ends {
		inRig(t, 1, func(r *rig) {
			s := stream.FromSlice(upTo(5))
			if e.s != nil {
				s = e.s(r)
			}
			if e.key == nil {
				e.key = byTwo
			}
			if e.init == nil {
				e.init = keyName
			}
			r.run(func() {
				got, err := stream.ReduceByKey(bg, s, r.pool, e.key, e.init, func(ctx context.Context, text string, v int) (string, error) {
					if e.at != nil {
						if err := e.at(v); err != nil {
							return "lost", err
						}
					}
					return r.appendTo(ctx, text, v)
				}, millrace.WithConcurrency(1))
				if !errors.Is(err, e.is) {
					t.Errorf("error %s: ReduceByKey() = %v, want %v", how, err, e.is)
				}
				var p *future.PanicError
				if errors.As(err, &p) != e.panic {
					t.Errorf("error %s: ReduceByKey() = %v, want a PanicError: %v", how, err, e.panic)
				}
				for k, text := range got {
					if !strings.HasPrefix(text, keyName(k)) || strings.Contains(text, "4") {
						t.Errorf("error %s: the result of %d is %q, want what came before the error", how, k, text)
					}
				}
			})
		})
	}
}

// An error that comes before the end of ctx is the result, also if ctx ends before the other
// items have come back.
func TestReduceByKeyErrorBeforeTheEnd(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		ctx, cancel := context.WithCancel(bg)
		r.run(func() {
			_, err := stream.ReduceByKey(ctx, stream.FromSlice(upTo(2)), r.pool, isEven, func(bool) int { return 0 },
				func(ctx context.Context, _, v int) (int, error) {
					defer r.call()()
					if v == 0 {
						return 0, cmp.Or(sleep(ctx, ms), error(fault(7)))
					}
					<-ctx.Done()
					cancel()
					return 0, nil
				})
			if err != fault(7) {
				t.Errorf("ReduceByKey() = %v, want the error before the end of ctx", err)
			}
		})
		cancel()
	})
}

// The end of ctx ends the run, and the contexts of what is at work.
func TestReduceByKeyAtTheEndOfTheContext(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		ctx, cancel := context.WithCancelCause(bg)
		time.AfterFunc(time.Second, func() { cancel(fault(1)) })
		r.run(func() {
			got, err := stream.ReduceByKey(ctx, stream.FromSeq(numbers), r.pool, isEven, func(bool) int { return 0 },
				func(ctx context.Context, n, v int) (int, error) {
					defer r.call()()
					return n + 1, sleep(ctx, 400*ms)
				})
			wantNotDone(t, "ReduceByKey()", err, fault(1))
			if !maps.Equal(got, map[bool]int{true: 2, false: 2}) {
				t.Errorf("ReduceByKey() of 2 items each = %v, want 2 for both keys", got)
			}
		})
	})
}

// An executor that takes no more is an error.
func TestReduceByKeyOnAClosedPool(t *testing.T) {
	p := pool.New()
	p.Seal()
	_, err := stream.ReduceByKey(bg, stream.FromSeq(numbers), p, isEven, func(bool) int { return 0 },
		func(context.Context, int, int) (int, error) { return 0, nil })
	if !errors.Is(err, pool.ErrClosed) {
		t.Errorf("ReduceByKey() on a sealed pool = %v, want ErrClosed", err)
	}
}

// Inside a task of the pool it lends the slot: one worker is enough.
func TestReduceByKeyInATask(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		f := pool.Submit(bg, r.pool, func(ctx context.Context) (map[int]string, error) {
			return stream.ReduceByKey(ctx, stream.FromSeq(r.first(4)), r.pool, func(v int) int { return v % 2 }, keyName, r.appendTo)
		})
		got, err := f.Await(bg)
		if err != nil || !maps.Equal(got, map[int]string{0: "key 0: 0 2", 1: "key 1: 1 3"}) {
			t.Errorf("ReduceByKey() in a task = %v, %v, want the even and the odd numbers", got, err)
		}
	})
}

// A key that does not equal itself is a key of its own for each item.
func TestReduceByKeyOfNaN(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		got, err := stream.ReduceByKey(bg, stream.FromSlice(upTo(6)), r.pool,
			func(v int) float64 { return math.Sqrt(float64(v%2) - 1) }, // NaN, 0, NaN …
			func(float64) int { return 0 }, func(_ context.Context, n, _ int) (int, error) { return n + 1, nil })
		counts := slices.Sorted(maps.Values(got))
		if err != nil || !slices.Equal(counts, []int{1, 1, 1, 3}) {
			t.Errorf("ReduceByKey() of 3 NaN and 3 zeros counts %v, %v, want 1 for each NaN and 3", counts, err)
		}
	})
}

// The caller's options are not written to.
func TestReduceByKeyLeavesOptions(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		opts := make([]millrace.MapOption, 1, 4)
		opts[0] = millrace.PerItem(func(int) []millrace.TaskOption { return nil })
		_, _ = stream.ReduceByKey(bg, ints{}, r.pool, isEven, func(bool) int { return 0 },
			func(context.Context, int, int) (int, error) { return 0, nil }, opts...)
		if opts[:2][1] != nil {
			t.Error("ReduceByKey() writes to the slice of its options")
		}
	})
}

// The result of a key whose function failed is the one before the failure, also if more
// items of the key were there; other keys go on until the run ends. An item that is tried
// again counts once.
func TestReduceByKeyFailure(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return fault(4) },
		"panic":  func() error { panic("boom") },
		"Goexit": func() error { runtime.Goexit(); return nil },
	} {
		for _, retried := range []bool{false, true} {
			inRig(t, 2, func(r *rig) {
				tries := 0
				fn := func(_ context.Context, sum, v int) (int, error) {
					defer r.call()()
					if v == 4 {
						if tries++; !retried || tries < 3 {
							return 99, fail()
						}
					}
					return sum + v, nil
				}
				var opts []millrace.MapOption
				wantSum := 0 + 1 + 2 + 3
				if retried {
					opts = append(opts, millrace.WithRetry(func(int, error) (time.Duration, bool) { return ms, true }))
					wantSum = 45
				}
				r.run(func() {
					got, err := stream.ReduceByKey(bg, stream.FromSeq(r.first(10)), r.pool, func(int) string { return "k" }, func(string) int { return 0 }, fn, opts...)
					if (err == nil) != retried || got["k"] != wantSum {
						t.Errorf("%s, retried %v: ReduceByKey() = %v, %v, want %d for the key", name, retried, got, err, wantSum)
					}
				})
			})
		}
	}
}
