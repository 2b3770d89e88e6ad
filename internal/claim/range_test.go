package claim_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/claim"
)

// A seeker looks again as often as it may.
type seeker struct{ asked, most int }

func (s *seeker) Again() bool {
	s.asked++
	return s.asked <= s.most
}

// upTo returns a range of n items, which are all there.
func upTo(n, maxBlock uint64) *claim.Range {
	return newRange(func() uint64 { return n }, maxBlock)
}

func newRange(limit func() uint64, maxBlock uint64) *claim.Range {
	r := claim.New(limit, maxBlock)
	return &r
}

// work runs items as a runner does until there are none; run reports whether the runner
// goes on.
func work(r *claim.Range, run func(i uint64) bool) {
	o := r.Enter()
	defer r.Leave(o)
	for {
		i, ok := o.Next()
		if !ok {
			i, ok = r.Claim(o, &seeker{most: 100})
		}
		if !ok || !run(i) {
			return
		}
	}
}

// Each item is run once, whichever runners steal, and whichever leave early.
func TestEachItemOnce(t *testing.T) {
	const items, runners = 50_000, 4
	for _, start := range []uint64{0, 3*claim.Reach - items/2, 1 << 50} {
		for _, maxBlock := range []uint64{1, 64, 8192} {
			r := upTo(start+items, maxBlock)
			r.Skip(start)
			runs := make([]int32, items)
			var wg sync.WaitGroup
			for range runners {
				wg.Go(func() {
					for n := 0; r.Left(); {
						work(r, func(i uint64) bool {
							runs[i-start]++ // the race detector sees a second run, and so does the count
							n++
							return n%1000 != 0
						})
					}
				})
			}
			wg.Wait()
			for i, n := range runs {
				if n != 1 {
					t.Fatalf("from %d, blocks of %d: item %d was run %d times, want once", start, maxBlock, i, n)
				}
			}
			if r.Present() != 0 || r.Searching() != 0 || r.Left() {
				t.Errorf("at the end %d are present, %d search, Left() = %v", r.Present(), r.Searching(), r.Left())
			}
		}
	}
}

// Cheap items are claimed in blocks, more and more at once; slow ones one by one.
func TestBatch(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		r := upTo(1<<40, 64)
		o := r.Enter()
		defer r.Leave(o)
		claims := func(n int, each time.Duration) {
			for range n {
				if _, ok := r.Claim(o, &seeker{}); !ok {
					t.Fatal("Claim finds nothing")
				}
				time.Sleep(each)
				for _, ok := o.Next(); ok; _, ok = o.Next() {
					time.Sleep(each)
				}
			}
		}
		claims(10, 0)
		if got := o.Batch(); got != 64 {
			t.Errorf("after cheap items %d are claimed at once, want 64", got)
		}
		claims(2, time.Millisecond)
		if got, want := r.Cost(), time.Millisecond; got != want {
			t.Errorf("Cost() = %v, want %v", got, want)
		}
		if got := o.Batch(); got != 1 {
			t.Errorf("after slow items %d are claimed at once, want 1", got)
		}
	})
}

// A runner that is stuck in the first item of a block does not keep the others from other runners.
func TestStuck(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		r := upTo(1000, 64)
		a, first := filled(t, r)
		b := r.Enter()
		n := 0
		for i, ok := r.Claim(b, &seeker{}); ok; {
			if i <= first {
				t.Errorf("item %d is run again", i)
			}
			n++
			if i, ok = b.Next(); !ok {
				i, ok = r.Claim(b, &seeker{})
			}
		}
		if want := 1000 - int(first) - 1; n != want {
			t.Errorf("another runner gets %d of the items behind a stuck one, want %d", n, want)
		}
		if i, ok := a.Next(); ok {
			t.Errorf("the stuck runner still has item %d", i)
		}
	})
}

// The next runner goes on with what others have left in their blocks, in the order of the items.
// A runner that is there already steals from it when the range is exhausted.
func TestLeftBehind(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		limit := uint64(1000)
		r := newRange(func() uint64 { return limit }, 64)
		a, i := filled(t, r)
		b, j := filled(t, r)
		limit = r.Claimed()
		last := j + b.Ahead()
		r.Leave(a)
		r.Leave(b)
		if !r.Left() {
			t.Error("Left() = false with items left behind")
		}
		c := r.Enter()
		if got, ok := c.Next(); !ok || got != i+1 {
			t.Errorf("Next() = %d, %v for the first runner after that, want %d", got, ok, i+1)
		}
		for _, ok := c.Next(); ok; _, ok = c.Next() {
		}
		if got, ok := r.Claim(c, &seeker{}); !ok || got <= j || got > last {
			t.Errorf("Claim = %d, %v for a runner that is there, want one of %d to %d", got, ok, j+1, last)
		}
		d := r.Enter()
		if got, ok := d.Next(); ok && got != j+1 {
			t.Errorf("Next() = %d for another runner, want %d", got, j+1)
		}
	})
}

// A runner that goes on with a block pays no attention to how long the block was left alone.
func TestLeftAlone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		r := upTo(1000, 64)
		a, _ := filled(t, r)
		r.Leave(a)
		time.Sleep(time.Hour)
		b := r.Enter()
		for _, ok := b.Next(); ok; _, ok = b.Next() {
		}
		r.Claim(b, &seeker{})
		if got := r.Cost(); got >= time.Second {
			t.Errorf("an item costs %v, want next to nothing", got)
		}
	})
}

// A runner that finds nothing looks again some times, as long as the seeker says so, and
// is searching meanwhile.
func TestSearch(t *testing.T) {
	var limit atomic.Uint64
	r := newRange(limit.Load, 64)
	o := r.Enter()
	defer r.Leave(o)
	s := &seeker{most: 1000}
	if _, ok := r.Claim(o, s); ok || s.asked == 0 || s.asked > 10 {
		t.Errorf("Claim = %v and asks %d times whether to look again, want a few times", ok, s.asked)
	}
	if s = (&seeker{}); true {
		if _, ok := r.Claim(o, s); ok || s.asked != 1 {
			t.Errorf("Claim asks %d times after it was told to leave", s.asked)
		}
	}
	limit.Store(1)
	if i, ok := r.Claim(o, s); !ok || i != 0 {
		t.Errorf("Claim = %d, %v, want 0", i, ok)
	}
}
