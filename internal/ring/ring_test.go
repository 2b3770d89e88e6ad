package ring_test

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/ring"
)

// Values come out as they were put in, whichever order they are put and taken in within
// the window, while the ring grows.
func TestRing(t *testing.T) {
	const values, window = 10_000, 300
	r := ring.New[uint64](1)
	rng := rand.New(rand.NewPCG(1, 2))
	var room, next, done uint64
	var todo []uint64
	for done < values {
		if room = r.Room(next, done, min(done+window, values)); room > done+window || room < next {
			t.Fatalf("Room(%d, %d, %d) = %d", next, done, done+window, room)
		}
		for ; next < room; next++ {
			todo = append(todo, next)
		}
		rng.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
		for n := rng.IntN(len(todo) + 1); n > 0; n-- {
			i := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if r.Has(i) {
				t.Fatalf("value %d is there before it was put", i)
			}
			r.Put(i, 3*i)
		}
		for slow := next < values && next-done < window && rng.IntN(4) > 0; !slow && done < next && r.Has(done); {
			if v := r.Take(done); v != 3*done {
				t.Fatalf("Take(%d) = %d", done, v)
			}
			done++
		}
	}
	if n := r.Len(); n < window/2 || n > 4*window {
		t.Errorf("for a window of %d the ring has grown to %d", window, n)
	}
}

// Room never gives a slot away that is in use, and uses the window to the full.
func TestRoom(t *testing.T) {
	r := ring.New[int](4)
	for _, c := range []struct{ next, done, limit, want uint64 }{
		{0, 0, 100, 4},      // the first slots
		{3, 0, 100, 4},      // it grows only when there is no slot for the next value
		{4, 0, 100, 36},     // a segment of 32 for the values from 4 on
		{10, 6, 100, 38},    // which is used anew
		{38, 6, 38, 38},     // the limit is kept
		{38, 38, 39, 39},    // nothing in it
		{70, 38, 90, 90},    // it grows to what is needed
		{90, 90, 1000, 154}, // 64 slots
	} {
		if got := r.Room(c.next, c.done, c.limit); got != c.want {
			t.Errorf("Room(%d, %d, %d) = %d, want %d", c.next, c.done, c.limit, got, c.want)
		}
	}
}

// Whatever the limit is, a ring takes memory only for what is in it.
func TestRoomTakesNoMemory(t *testing.T) {
	r := ring.New[int](64)
	next, done := uint64(0), uint64(0)
	for range 10_000 {
		next = max(next, min(next+1, r.Room(next, done, done+ring.MaxWindow)))
		done = next
	}
	if n := r.Len(); n != 8 {
		t.Errorf("the ring has grown to %d slots, want 8", n)
	}
	for range 1000 {
		next = min(next+1, r.Room(next, done, done+ring.MaxWindow))
	}
	if n := r.Len(); n > 8192 {
		t.Errorf("for 1,000 values the ring has grown to %d slots", n)
	}
}

// A slot that is used anew is told from what was in it before, whatever the numbers are.
func TestMarks(t *testing.T) {
	for _, i := range []uint64{0, 1, 1<<32 - 1, 1 << 40, 1<<64 - 10} {
		r := ring.New[int](4)
		if r.Has(i) {
			t.Errorf("a new ring has %d", i)
		}
		r.Mark(i)
		if !r.Has(i) || r.Has(i+4) {
			t.Errorf("a slot that is marked for %d does not pass for it, or passes for %d", i, i+4)
		}
		if r.Mark(i + 4); !r.Has(i) || !r.Has(i+4) {
			t.Errorf("a slot that is marked for %d does not pass for it and for %d", i+4, i)
		}
	}
}

func TestCeil(t *testing.T) {
	for _, c := range []struct{ n, want uint64 }{{0, 1}, {1, 1}, {2, 2}, {3, 4}, {64, 64}, {65, 128}, {1 << 62, 1 << 62}, {1<<62 + 1, 1 << 63}} {
		if got := ring.Ceil(c.n); got != c.want {
			t.Errorf("ceil(%d) = %d, want %d", c.n, got, c.want)
		}
	}
}

// What was taken out of a slot is not kept by it.
func TestTakeClears(t *testing.T) {
	type thing struct{ _ [64]byte } // large enough not to share a block
	r := ring.New[*thing](4)
	kept := func() weak.Pointer[thing] {
		v := new(thing)
		r.Put(0, v)
		r.Take(0)
		return weak.Make(v)
	}()
	runtime.GC()
	if kept.Value() != nil {
		t.Error("a slot keeps what was taken out of it")
	}
	runtime.KeepAlive(r)
}
