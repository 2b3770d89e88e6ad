package claim_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/claim"
	"github.com/millrace-go/millrace/internal/litmus"
)

// Litmus: two runners claim from a range at the same time, and get one item each.
func TestClaimLitmus(t *testing.T) {
	var (
		r    *claim.Range
		a, b *claim.Owner
		by   [2]uint64
	)
	const none = 9
	item := func(o *claim.Owner) uint64 {
		if i, ok := r.Claim(o, &seeker{}); ok {
			return i
		}
		return none
	}
	litmus.Pair{
		Before: func(int) {
			r = upTo(2, 1)
			a, b = r.Enter(), r.Enter()
		},
		A: func(int) { by[0] = item(a) },
		B: func(int) { by[1] = item(b) },
		After: func(n int) {
			if by != [2]uint64{0, 1} && by != [2]uint64{1, 0} {
				t.Errorf("round %d: the runners got items %v, want 0 and 1", n, by)
			}
		},
	}.Run(t, 1)
}

// An item that another runner claims between a runner's look at the range and its claim does
// not go to both.
func TestClaimBetween(t *testing.T) {
	between := func() {}
	r := newRange(func() uint64 {
		f := between
		between = func() {}
		f()
		return 10
	}, 1)
	a, b := r.Enter(), r.Enter()
	var others uint64
	between = func() { others, _ = r.Claim(b, &seeker{}) }
	if i, ok := r.Claim(a, &seeker{}); !ok || others != 0 || i != 1 {
		t.Errorf("Claim = %d, %v, and that of another runner within it %d, want 1 and 0", i, ok, others)
	}
}

// filled returns a runner with a block that has items left, all after the first one. It is for tests in
// a bubble, where time stands still, and so items are cheap on any machine.
func filled(t *testing.T, r *claim.Range) (o *claim.Owner, first uint64) {
	t.Helper()
	o = r.Enter()
	for blocks := 0; ; blocks++ {
		first, ok := r.Claim(o, &seeker{})
		switch {
		case !ok:
			t.Fatalf("Claim = %d, %v after %d blocks, want a block of several", first, ok, blocks)
		case blocks >= 10 && o.Ahead() > 0:
			return o, first
		}
		for ok = true; ok; _, ok = o.Next() {
		}
	}
}

// Also the only item behind a stuck one is there for others.
func TestStuckBeforeOne(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		limit := uint64(1000)
		r := newRange(func() uint64 { return limit }, 2)
		_, first := filled(t, r)
		limit = r.Claimed()
		b := r.Enter()
		if i, ok := r.Claim(b, &seeker{most: 9}); !ok || i != first+1 {
			t.Errorf("Claim = %d, %v, want %d, which is behind the stuck one", i, ok, first+1)
		}
	})
}

// A single item that a runner left behind is what the next one begins with.
func TestOneLeftBehind(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		r := upTo(1000, 64)
		a, last := filled(t, r)
		b := r.Enter()
		for a.Ahead() > 1 {
			last, _ = a.Next()
		}
		r.Leave(b) // an empty block, which a runner does not prefer
		r.Leave(a)
		if i, ok := r.Enter().Next(); !ok || i != last+1 {
			t.Errorf("Next() = %d, %v, want %d, which was left behind", i, ok, last+1)
		}
	})
}

// Of several blocks the one with the first item is stolen from, because the loop waits
// for that.
func TestEarliestIsStolen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		limit := uint64(1000)
		r := newRange(func() uint64 { return limit }, 64)
		a, first := filled(t, r)
		b, _ := filled(t, r)
		limit = r.Claimed()
		end, later := first+a.Ahead(), b.Last()
		c := r.Enter()
		if i, ok := r.Claim(c, &seeker{}); !ok || i <= first || i > end {
			t.Errorf("Claim = %d, %v, want one of %d to %d; the other block begins at %d", i, ok, first+1, end, later)
		}
	})
}

// A runner that gave up does not search any more, one that found something neither.
func TestSearching(t *testing.T) {
	limit := uint64(0)
	r := newRange(func() uint64 { return limit }, 64)
	o := r.Enter()
	r.Claim(o, &seeker{})
	if n := r.Searching(); n != 0 {
		t.Errorf("Searching() = %d after a search that found nothing, want 0", n)
	}
	r.Claim(o, again(func() bool { limit = 1; return r.Searching() == 1 }))
	if n := r.Searching(); n != 0 || r.Claimed() != 1 {
		t.Errorf("Searching() = %d after a search that found an item, want 0", n)
	}
}

type again func() bool

func (f again) Again() bool { return f() }
