package litmus_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/internal/litmus"
)

// Each part of a round is done once, the two in the middle beside each other.
func TestPair(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	var a, b atomic.Int64
	before, after := 0, 0
	litmus.Pair{
		Before: func(int) { before++ },
		A:      func(int) { a.Add(1) },
		B:      func(n int) { b.Store(int64(n)) },
		After: func(n int) {
			if after++; before != n || after != n || a.Load() != int64(n) || b.Load() != int64(n) {
				t.Errorf("round %d: %d before, %d and %d in it, %d after", n, before, a.Load(), b.Load(), after)
			}
		},
	}.Run(t, 10)
	if after == 0 {
		t.Error("there was no round")
	}
}

// A store and a load of another word change places if nothing forbids it. They are atomic
// here, so they do not: of two goroutines one sees the store of the other.
func TestStoreThenLoad(t *testing.T) {
	var x, y atomic.Int32
	var a, b int32
	stores, chance := litmus.NewMemory(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) { x.Store(0); y.Store(0) },
		A: func(int) {
			stores.Spin(64)
			stores.Store(1)
			x.Store(1)
			a = y.Load()
		},
		B: func(int) {
			chance.Spin(64)
			y.Store(1)
			b = x.Load()
		},
		After: func(n int) {
			if a+b == 0 {
				t.Errorf("round %d: neither has seen the store of the other", n)
			}
		},
	}.Run(t, 1)
}
