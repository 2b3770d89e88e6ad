package claim_test

import (
	"math"
	"testing"

	"github.com/millrace-go/millrace/internal/claim"
	"github.com/millrace-go/millrace/internal/litmus"
)

// bases are items around which blocks are tried: the ends of what one base reaches.
var bases = []uint64{0, 1, claim.Reach - 7, claim.Reach, 1 << 40, math.MaxUint64 - claim.Reach + 1}

// The owner claims the items of its block one by one.
func TestBlockNext(t *testing.T) {
	for _, lo := range bases {
		b := claim.NewBlock(lo)
		b.Open(claim.Span{Lo: lo, Hi: lo + 3})
		for want := lo; want < lo+3; want++ {
			if got := b.Last(); got != want {
				t.Errorf("Last() = %d, want %d", got, want)
			}
			got, ok := b.Next()
			if ok != (want < lo+2) || ok && got != want+1 {
				t.Errorf("after %d: Next() = %d, %v", want, got, ok)
			}
		}
		if s := b.Left(); s.Len() != 0 {
			t.Errorf("an exhausted block has %v left, want nothing", s)
		}
		if s := b.Steal(); s.Len() != 0 {
			t.Errorf("%v is stolen from an exhausted block, want nothing", s)
		}
	}
}

// A block may reach from one end of what its base reaches to the other.
func TestBlockReach(t *testing.T) {
	b := claim.NewBlock(5 * claim.Reach)
	b.Open(claim.Span{Lo: 5 * claim.Reach, Hi: 6 * claim.Reach})
	if got := b.Left(); got != (claim.Span{Lo: 5*claim.Reach + 1, Hi: 6 * claim.Reach}) {
		t.Errorf("Left() = %v", got)
	}
	if got, want := b.Steal(), (claim.Span{Lo: 5*claim.Reach + claim.Reach/2, Hi: 6 * claim.Reach}); got != want {
		t.Errorf("Steal() = %v, want %v", got, want)
	}
}

// A thief takes the second half of what is left, the last item too.
func TestBlockSteal(t *testing.T) {
	for n := uint64(1); n < 10; n++ {
		b := claim.NewBlock(0)
		b.Open(claim.Span{Lo: 0, Hi: n}) // 0 is claimed by that
		lo := 1 + (n-1)/2
		got, want := b.Steal(), claim.Span{Lo: lo, Hi: n}
		if n == 1 && got.Len() != 0 || n > 1 && got != want {
			t.Errorf("of %d items Steal takes %v, want %v", n, got, want)
		}
		if left := b.Left(); left.Len() != lo-1 {
			t.Errorf("of %d items Steal leaves %v", n, left)
		}
	}
}

// Litmus: an owner and a thief at one block, then at the next, side by side. Each item is
// claimed once, and what was written before the block was opened is seen by the thief.
func TestBlockLitmus(t *testing.T) {
	const size, side = 5, 64
	type trial struct {
		b       *claim.Block
		written [size]int // before the block is opened
		by      [size]int32
	}
	var (
		trials [side]trial
		stores = litmus.NewMemory()
	)
	for i := range trials {
		trials[i].b = claim.NewBlock(0)
	}
	claimed := func(tr *trial, s claim.Span) {
		for ; s.Len() > 0; s.Lo++ {
			tr.by[s.Lo]++ // the race detector sees a second claim, and so does the count
		}
	}
	items := func(n, i int) int { return 1 + (n+i)%size }
	litmus.Pair{A: func(n int) {
		for i := range trials {
			tr := &trials[i]
			for j := range tr.written {
				tr.written[j] = n
			}
			stores.Store(1)
			tr.b.Open(claim.Span{Lo: 0, Hi: uint64(items(n, i))})
			claimed(tr, claim.Span{Lo: 0, Hi: 1})
			for j, ok := tr.b.Next(); ok; j, ok = tr.b.Next() {
				claimed(tr, claim.Span{Lo: j, Hi: j + 1})
			}
		}
	}, B: func(n int) {
		for i := range trials {
			tr := &trials[i]
			for range (n + i) % 17 {
				s := tr.b.Steal()
				for j := s.Lo; j < s.Hi; j++ {
					if tr.written[j] != n {
						t.Errorf("round %d: what was written before the block was opened is not there", n)
					}
				}
				claimed(tr, s)
			}
		}
	}, After: func(n int) {
		for i := range trials {
			tr := &trials[i]
			for j := range tr.by {
				if in := j < items(n, i); in != (tr.by[j] == 1) || !in && tr.by[j] != 0 {
					t.Fatalf("round %d: item %d was claimed %d times; it was in the block: %v", n, j, tr.by[j], in)
				}
				tr.by[j] = 0
			}
		}
	}}.Run(t, side)
}

// Litmus: a thief at a block whose owner claims one item after the other. No item is claimed by both.
func TestBlockStealBesideNext(t *testing.T) {
	const size = 1024
	var (
		b  *claim.Block
		by [size]int32
	)
	litmus.Pair{Before: func(int) {
		b = claim.NewBlock(0)
		b.Open(claim.Span{Lo: 0, Hi: size})
		clear(by[:])
		by[0] = 1 // the owner has that
	}, A: func(int) {
		for j, ok := b.Next(); ok; j, ok = b.Next() {
			by[j]++ // the race detector sees a second claim, and so does the count
		}
	}, B: func(int) {
		for b.Left().Len() > 0 {
			for s := b.Steal(); s.Len() > 0; s.Lo++ {
				by[s.Lo]++
			}
		}
	}, After: func(n int) {
		for j, got := range by {
			if got != 1 {
				t.Fatalf("round %d: item %d was claimed %d times", n, j, got)
			}
		}
	}}.Run(t, 1)
}
