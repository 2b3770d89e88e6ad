package stream_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Items whose key is NaN have nothing in common: they run in parallel.
func TestNaNKeysAreDifferent(t *testing.T) {
	inRig(t, 5, func(r *rig) {
		start := time.Now()
		nan := func(int) float64 { return math.NaN() }
		s := stream.MapKeyed(stream.FromSlice(upTo(5)), r.pool, nan, func(_ context.Context, v int) (int, error) {
			defer r.call()()
			time.Sleep(10 * ms)
			return v, nil
		})
		r.run(func() { want(t, "MapKeyed()", must(s.Collect(bg)), upTo(5), false) })
		if took := time.Since(start); took != 10*ms {
			t.Errorf("5 items of 10ms with NaN keys take %v on 5 workers, want 10ms", took)
		}
	})
}

// A key is forgotten with its last item, also if it does not equal itself.
func TestKeysAreForgotten(t *testing.T) {
	type key struct {
		f float64
		l *load
	}
	for name, f := range map[string]float64{"NaN": math.NaN(), "equal": 1} {
		p := pool.New()
		endless := stream.FromSeq(func(yield func(*load) bool) {
			for yield(new(load)) {
			}
		})
		var all []weak.Pointer[load]
		s := stream.MapKeyed(endless, p, func(l *load) any { return key{f, l} },
			func(_ context.Context, l *load) (weak.Pointer[load], error) { return weak.Make(l), nil })
		for w, err := range s.All(bg) {
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, w); len(all) == 2000 {
				if left := alive(all[:500]); left > 0 {
					t.Errorf("%s keys: %d of the first 500 are held when 2000 have been delivered, want none", name, left)
				}
				break
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A key that cannot be compared is the error of its item alone.
func TestKeyThatCannotBeCompared(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		key := func(v int) any {
			if v == 3 {
				return []int{v}
			}
			return v % 2
		}
		check := func(call string, err error) {
			t.Helper()
			var p *future.PanicError
			if !errors.As(err, &p) {
				t.Errorf("%s with a key that cannot be compared: %v, want a PanicError", call, err)
			}
		}
		r.run(func() {
			got := gather(stream.MapKeyed(stream.FromSlice(upTo(6)), r.pool, key, r.same, millrace.WithWindow(3)).All(bg))
			vs, errs := values(got)
			if want(t, "MapKeyed()", vs, []int{0, 1, 2, 4, 5}, false); len(errs) != 1 {
				t.Errorf("MapKeyed() has errors %v, want one", errs)
			}
			for _, err := range errs {
				check("MapKeyed()", err)
			}
		})
		r.run(func() {
			_, err := stream.ReduceByKey(bg, stream.FromSlice(upTo(6)), r.pool, key, func(any) string { return "" }, r.appendTo)
			check("ReduceByKey()", err)
		})
	})
}
