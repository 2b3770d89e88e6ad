package stream_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// each is PerItem with one option.
func eachItem(option func(v int) millrace.TaskOption) millrace.MapOption {
	return millrace.PerItem(func(v int) []millrace.TaskOption { return []millrace.TaskOption{option(v), nil} })
}

// Items of every stage may have options of their own: here a key, which two have
// in common.
func TestPerItem(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		key := eachItem(func(v int) millrace.TaskOption { return millrace.WithKey(v / 4) }) // MapKeyed's are v % 5
		for name, over := range optioned(r, key) {
			for input, s := range map[string]ints{"FromSlice": stream.FromSlice(upTo(8)), "FromSeq": stream.FromSeq(r.first(8))} {
				start := time.Now()
				r.run(func() { want(t, name+" of "+input, must(over(s).Collect(bg)), upTo(8), false) })
				if took := time.Since(start); took != 4*ms {
					t.Errorf("%s of %s: four items of 1ms of each of two keys take %v, want 4ms", name, input, took)
				}
			}
		}
	})
}

// A timeout of one item is its error and leaves the others alone.
func TestPerItemTimeout(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		d := eachItem(func(v int) millrace.TaskOption { return millrace.WithTimeout(time.Duration(1+v) * time.Second) })
		s := stream.Map(stream.FromSlice(upTo(3)), r.pool, func(ctx context.Context, v int) (int, error) {
			return v, sleep(ctx, 2*time.Second+ms)
		}, d)
		var got []item[int]
		r.run(func() { got = gather(s.All(bg)) })
		if len(got) != 3 || got[0].err == nil || got[1].err == nil || got[2] != (item[int]{v: 2}) {
			t.Errorf("items of 2s with timeouts of 1s, 2s and 3s yield %v, want two errors and 2", got)
		}
	})
}

// A stage of other items panics where it is built, and says what it wants.
func TestPerItemOfAnotherType(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		text := millrace.PerItem(func(string) []millrace.TaskOption { return nil })
		for name := range optioned(r) {
			got := fmt.Sprint(endingOf(func() { optioned(r, text)[name](stream.FromSlice(upTo(1))).Drain(bg) }))
			if got != "stream: "+name+": PerItem for items of type string, want int" {
				t.Errorf("%s of ints with options for strings panics with %q, want the call and both types in it", name, got)
			}
		}
		if got := endingOf(func() {
			stream.FlatMap(ints{}, r.pool, func(context.Context, int) iter.Seq2[int, error] { return nil }, text)
		}); got == nil {
			t.Error("FlatMap of ints with options for strings does not panic when it is called")
		}
	})
}
