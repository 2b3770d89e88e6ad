package stream_test

import (
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// A number costs memory for the items that are there, and none up front.
func TestNumbersTakeNoMemory(t *testing.T) {
	const most = 1 << 20
	for _, n := range []int{1 << 22, math.MaxInt32, math.MaxInt} {
		for name, over := range map[string]func(stream.Stream[large]) stream.Stream[large]{
			"Buffer": func(s stream.Stream[large]) stream.Stream[large] { return s.Buffer(n) },
			"Batch(wait)": func(s stream.Stream[large]) stream.Stream[large] {
				return stream.Flatten(stream.Batch(s, n, time.Hour))
			},
			"Batch(ready)": func(s stream.Stream[large]) stream.Stream[large] {
				return stream.Flatten(stream.Batch(s, n, 0))
			},
			"Batch(full)": func(s stream.Stream[large]) stream.Stream[large] {
				return stream.Flatten(stream.Batch(s, n, -1))
			},
			"Take": func(s stream.Stream[large]) stream.Stream[large] { return s.Take(n) },
		} {
			s := over(stream.FromSlice(make([]large, 3)))
			if got := allocated(func() { must(s.Count(bg)) }); got > most {
				t.Errorf("%s of %d: 3 items of 64 KB take %d bytes, want at most %d", name, n, got, most)
			}
		}
	}
}

// allocated returns how many bytes fn allocates.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A batch does not get all the memory that the one before it needed before its
// own items have come.
func TestBatchTakesMemoryAsItGrows(t *testing.T) {
	const n = 50 // 3 MB of items
	var before, after runtime.MemStats
	src := stream.Concat(stream.FromSlice(make([]large, n)), stream.Transform(stream.FromSlice(upTo(1)), func(int) (large, error) {
		runtime.ReadMemStats(&before)
		return large{}, nil
	}))
	for batch := range stream.Batch(src, n, -1).All(bg) {
		if len(batch) == 1 {
			runtime.ReadMemStats(&after)
		}
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20); got > most {
		t.Errorf("behind a batch of %d items, one of 1 takes %d bytes, want at most %d", n, got, most)
	}
}

// A buffer without a bound lets a source run as far ahead as it can, and
// delivers all of it in order.
func TestBufferOfAll(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		const n = 100_000
		var l ledger
		var got []int
		for v := range l.count(stream.FromSlice(upTo(n))).Buffer(math.MaxInt).All(bg) {
			if got = append(got, v); v == 0 {
				time.Sleep(ms)
				if pulled := l.pulled.Load(); pulled != n {
					t.Errorf("Buffer(math.MaxInt) pulls %d items while the first is at work, want %d", pulled, n)
				}
			}
		}
		want(t, "Buffer(math.MaxInt)", got, upTo(n), false)
	})
}
