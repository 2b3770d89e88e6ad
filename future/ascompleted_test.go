package future_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// values collects the values of the futures that seq yields.
func values(seq iter.Seq[*intFuture]) []int {
	var vs []int
	for f := range seq {
		vs = append(vs, value(f))
	}
	return vs
}

// numbered returns promises that resolve with their index when settle is
// called with it.
func numbered(n int) (fs []*intFuture, settle func(...int)) {
	ps, fs := promises(n)
	return fs, func(is ...int) {
		for _, i := range is {
			ps[i].Resolve(i)
		}
	}
}

func wantOrder(t *testing.T, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("AsCompleted() yielded %v, want %v", got, want)
	}
}

// First those that have settled, in the order of the arguments, then the
// others as they settle; duplicates once.
func TestAsCompletedOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		fs, settle := numbered(6)
		settle(3, 1)
		go func() {
			for _, i := range []int{4, 0, 5, 2} {
				time.Sleep(time.Second)
				settle(i)
			}
		}()
		args := append(slices.Clone(fs), fs[1], fs[0], fs[5])
		wantOrder(t, values(future.AsCompleted(bg, args...)), 1, 3, 4, 0, 5, 2)
	})
}

// What settles while the loop body runs keeps its order too, behind what had
// settled before.
func TestAsCompletedOrderInBody(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		fs, settle := numbered(7)
		settle(6, 0)
		var got []int
		for f := range future.AsCompleted(bg, fs...) {
			if len(got) == 0 {
				settle(5, 2, 4)
			}
			if got = append(got, value(f)); len(got) == 5 {
				settle(3, 1)
			}
		}
		wantOrder(t, got, 0, 6, 5, 2, 4, 3, 1)
	})
}

// A failure and a cancellation are yielded as any outcome is.
func TestAsCompletedYieldsEveryOutcome(t *testing.T) {
	_, fs := promises(1)
	fs = append(fs, future.Rejected[int](errBoom))
	fs[0].Cancel()
	var got []future.State
	for f := range future.AsCompleted(bg, fs...) {
		got = append(got, f.State())
	}
	if want := []future.State{future.Cancelled, future.Failed}; !slices.Equal(got, want) {
		t.Errorf("AsCompleted() yielded %v, want %v", got, want)
	}
}

// Nothing happens before the loop begins, and each loop is a loop of its own.
func TestAsCompletedIsLazy(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		fs, settle := numbered(3)
		seq := future.AsCompleted(bg, fs...)
		if n := bubble.Left(); n != 0 {
			t.Errorf("%d goroutines before the loop, want 0", n)
		}
		settle(2, 1, 0)
		wantOrder(t, values(seq), 0, 1, 2)
		wantOrder(t, values(seq), 0, 1, 2)
		fs[0] = future.Resolved(7) // each loop reads the arguments
		wantOrder(t, values(seq), 7, 1, 2)
	})
}

func TestAsCompletedOfNone(t *testing.T) {
	wantOrder(t, values(future.AsCompleted[int](bg)))
	wantOrder(t, values(future.AsCompleted[int](ended(errBoom))))
}

// break, and a panic, cancel nothing and leave nothing behind; a later loop
// finds what is left.
func TestAsCompletedBreak(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		fs, settle := numbered(3)
		settle(1)
		for range future.AsCompleted(bg, fs...) {
			break
		}
		func() {
			defer func() { recover() }()
			for range future.AsCompleted(bg, fs...) {
				panic(errBoom)
			}
		}()
		for _, i := range []int{0, 2} {
			if s := fs[i].State(); s != future.Pending {
				t.Errorf("after the break future %d is %v, want pending", i, s)
			}
		}
		settle(2, 0)
		wantOrder(t, values(future.AsCompleted(bg, fs...)), 0, 1, 2)
	})
}

// The end of ctx ends the loop, at that instant and after all that had
// settled by then.
func TestAsCompletedEndsWithContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		fs, settle := numbered(4)
		settle(3)
		time.AfterFunc(time.Second, func() { settle(1) })
		ctx, cancel := context.WithTimeout(bg, 2*time.Second)
		defer cancel()
		start := time.Now()
		wantOrder(t, values(future.AsCompleted(ctx, fs...)), 3, 1)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the loop took %v, want 2s", took)
		}
		if fs[0].State() != future.Pending {
			t.Error("the end of ctx cancelled a future")
		}
	})
}

// Settled beats ctx inside the loop as well: what settled before the loop looks
// again is yielded, though ctx has ended by then.
func TestAsCompletedSettledBeatsContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for range 200 {
			fs, settle := numbered(4)
			ctx, cancel := context.WithCancel(bg)
			result := make(chan []int, 1)
			go func() { result <- values(future.AsCompleted(ctx, fs...)) }()
			synctest.Wait()
			settle(2, 1)
			cancel()
			if got := <-result; !slices.Equal(got, []int{2, 1}) {
				t.Fatalf("AsCompleted() yielded %v, want [2 1]", got)
			}
		}
	})
}

func TestAsCompletedSettledInBodyBeatsContext(t *testing.T) {
	fs, settle := numbered(3)
	settle(0)
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	var got []int
	for f := range future.AsCompleted(ctx, fs...) {
		if got = append(got, value(f)); len(got) == 1 {
			settle(2)
			cancel()
		}
	}
	wantOrder(t, got, 0, 2)
}

// Loops over the same futures do not disturb one another, and each yields each
// future once, however the settling races with their beginning.
func TestAsCompletedRaces(t *testing.T) {
	for range 30 {
		fs, settle := numbered(50)
		seq := future.AsCompleted(bg, append(slices.Clone(fs), fs...)...)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				got := values(seq)
				slices.Sort(got)
				if len(got) != 50 || len(slices.Compact(got)) != 50 {
					t.Errorf("a loop yielded %d futures, want each of 50 once", len(got))
				}
			})
		}
		wg.Go(func() { settle(rand.Perm(50)...) })
		wg.Go(func() { settle(rand.Perm(50)...) })
		wg.Wait()
	}
}

// Each of many futures, which are given twice, is yielded once, also if most of them settle
// during the loop, the last ones first.
func TestAsCompletedOfMany(t *testing.T) {
	const n = 100_000
	fs, settle := numbered(n)
	seq := future.AsCompleted(bg, append(slices.Clone(fs), fs...)...)
	settle(n/2, n-1)
	count, next := 0, n
	for range seq {
		count++
		for next--; next >= 0 && fs[next].State().Settled(); next-- {
		}
		if next >= 0 {
			settle(next)
		}
	}
	if count != n {
		t.Errorf("AsCompleted() yielded %d futures, want %d", count, n)
	}
}
