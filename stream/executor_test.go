package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// endlessSources have items for as long as the run goes on, or none at all.
func endlessSources(r *rig) map[string]ints {
	return map[string]ints{
		"FromSeq":   stream.FromSeq(numbers),
		"FromSlice": stream.FromSlice(upTo(100_000)),
		"FromChan":  stream.Concat(stream.FromSlice(upTo(50)), stream.FromChan(make(chan int))),
		"FromFunc":  stream.FromFunc(func(ctx context.Context) (int, error) { return 0, sleep(ctx, ms) }),
	}
}

// wantLast fails unless the last of the items, and no other, is an error, of an
// executor that takes no more, for these reasons.
func wantLast(t testing.TB, call string, got []item[int], reasons ...error) {
	t.Helper()
	_, errs := values(got)
	if len(errs) != 1 || got[len(got)-1].err == nil {
		t.Errorf("%s yields errors %v, want one, at the end", call, errs)
		return
	}
	for _, reason := range append(reasons, future.ErrCancelled) {
		if !errors.Is(errs[0], reason) {
			t.Errorf("%s ends with %q, want it to be %q", call, errs[0], reason)
		}
	}
}

// A pool that is closed or stopped runs nothing: the stream is one error, that
// says why, however much is in the source.
func TestClosedExecutor(t *testing.T) {
	calls := 0
	for name, over := range parallelStagesWith(tuning{}, func(context.Context, int) error { calls++; return nil }) {
		inRig(t, 2, func(r *rig) {
			for kind, s := range endlessSources(r) {
				open := r.pool
				r.pool = pool.New()
				r.pool.Seal()
				var got []item[int]
				s := over(r, s)
				r.run(func() { got = gather(s.All(bg)) })
				wantLast(t, name+" of "+kind+" on a sealed pool", got, pool.ErrClosed)

				r.pool.Stop(fault(8))
				r.run(func() { got = gather(s.All(bg)) })
				wantLast(t, name+" of "+kind+" on a stopped pool", got, pool.ErrStopped, fault(8))
				r.run(func() {
					if n, err := s.Count(bg); n != 0 || !errors.Is(err, pool.ErrStopped) {
						t.Errorf("%s of %s on a stopped pool: Count() = %d, %v, want 0, ErrStopped", name, kind, n, err)
					}
				})
				r.run(func() {
					if n, err := over(r, ints{}).Count(bg); n != 0 || err != nil {
						t.Errorf("%s of nothing on a stopped pool: Count() = %d, %v, want 0, nil", name, n, err)
					}
				})
				r.pool = open
			}
		})
	}
	if calls != 0 {
		t.Errorf("functions are called %d times, want never", calls)
	}
}

// The end of a pool in the middle of a run: what is delivered is what is first,
// and the last item is the error.
func TestExecutorEndsMidway(t *testing.T) {
	ends := map[string]struct {
		end     func(p *pool.Pool)
		reasons []error
	}{
		"Seal": {(*pool.Pool).Seal, []error{pool.ErrClosed}},
		"Stop": {func(p *pool.Pool) { p.Stop(fault(8)) }, []error{pool.ErrStopped, fault(8)}},
	}
	for how, e := range ends {
		eachTuning(t, func(t *testing.T, tu tuning) {
			if tu.window == 1 || tu.concurrency > 1 {
				return // the others do not differ in this
			}
			for name, over := range parallelStagesWith(tu, func(_ context.Context, v int) error {
				time.Sleep(time.Duration(v%3) * ms)
				return nil
			}) {
				inRig(t, 2, func(r *rig) {
					for kind, s := range map[string]ints{
						"FromSeq":   stream.FromSeq(numbers),
						"FromSlice": stream.FromSlice(upTo(5000)),
						"FromFunc":  r.onTime(append(every(60, 1), never)...), // blocked, when it ends
					} {
						open := r.pool
						r.pool = pool.New(millrace.WithWorkers(2), millrace.WithIdleTimeout(0))
						s := over(r, s)
						var got []item[int]
						r.run(func() {
							p := r.pool
							time.AfterFunc(30*ms, func() { e.end(p) })
							got = gather(s.All(bg))
						})
						wantLast(t, name+" of "+kind+" at "+how, got, e.reasons...)
						if vs, _ := values(got); !tu.unordered {
							want(t, name+" of "+kind, vs, upTo(len(vs)), false)
						}
						r.pool = open
					}
				})
			}
		})
	}
}

// An executor's end is an item as any other error: a stage below can catch it.
func TestExecutorsEndIsAnItem(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		p := pool.New()
		p.Seal()
		caught := 0
		s := stream.Map(stream.FromSeq(numbers), p, r.same).Catch(func(err error) (int, bool, error) {
			if errors.Is(err, pool.ErrClosed) {
				caught++
			}
			return -1, true, nil
		})
		r.run(func() { want(t, "Catch()", must(s.Collect(bg)), []int{-1}, false) })
		if caught != 1 {
			t.Errorf("Catch() sees ErrClosed %d times, want once", caught)
		}
		// A stage on another pool passes it on, and its own items go on.
		below := stream.Map(stream.Concat(stream.Map(stream.FromSeq(numbers), p, r.same), stream.FromSlice(upTo(3))), r.pool, r.same)
		var got []item[int]
		r.run(func() { got = gather(below.All(bg)) })
		vs, errs := values(got)
		if want(t, "Concat()", vs, upTo(3), false); len(errs) != 1 || !errors.Is(errs[0], pool.ErrClosed) {
			t.Errorf("Concat() yields errors %v, want ErrClosed once", errs)
		}
	})
}

// A pool that ends after the last item was delivered is not an error.
func TestExecutorEndsAfterTheLastItem(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		p := pool.New(millrace.WithIdleTimeout(0))
		s := stream.Map(stream.FromSlice(upTo(3)), p, r.same)
		var got []int
		r.run(func() {
			for v, err := range s.All(bg) {
				if got = append(got, v); err != nil {
					t.Errorf("All() yields %v, want no error", err)
				}
				if v == 2 {
					p.Seal()
				}
			}
		})
		want(t, "All()", got, upTo(3), false)
	})
}
