package future_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
)

// pledges returns n promises and their futures.
func pledges(n int) ([]*future.Promise[int], []*future.Future[int]) {
	ps, fs := make([]*future.Promise[int], n), make([]*future.Future[int], n)
	for i := range n {
		ps[i] = future.NewPromise[int]()
		fs[i] = ps[i].Future()
	}
	return ps, fs
}

// Settled ones come first, in the order in which they were added, then the others as they
// settle; each once, however often it was added.
func TestSetOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := pledges(4)
		ps[2].Resolve(2)
		ps[0].Resolve(0)
		s := future.NewSet(fs[0], fs[1], fs[1])
		s.Add(fs[2], fs[3], fs[1])
		if n := s.Len(); n != 4 {
			t.Errorf("Len() = %d, want 4", n)
		}
		go func() {
			for _, i := range []int{3, 1} {
				time.Sleep(time.Second)
				ps[i].Resolve(i)
			}
		}()
		for _, want := range []int{0, 2, 3, 1} {
			f, err := s.Next(context.Background())
			if err != nil || f != fs[want] {
				t.Fatalf("Next() = %v, %v, want future %d", f, err, want)
			}
		}
		if f, err := s.Next(context.Background()); f != nil || err != future.ErrEmpty || s.Len() != 0 {
			t.Errorf("Next() of an empty set = %v, %v, want ErrEmpty", f, err)
		}
		s.Add(fs[0])
		if f, err := s.Next(context.Background()); f != fs[0] || err != nil {
			t.Errorf("Next() of one that is added again = %v, %v, want it", f, err)
		}
	})
}

// All goes on with what the loop adds, and break leaves the others in the set.
func TestSetGrows(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ctx := context.Background()
		work := func(n int) *future.Future[int] {
			return future.Go(ctx, func(context.Context) (int, error) { time.Sleep(time.Second); return n, nil })
		}
		s := future.NewSet(work(1))
		sum := 0
		for f := range s.All(ctx) {
			r, _ := f.Poll()
			if sum += r.Value; r.Value < 8 {
				s.Add(work(2*r.Value), work(2*r.Value))
			}
		}
		if want := 1 + 2*2 + 4*4 + 8*8; sum != want || s.Len() != 0 {
			t.Errorf("the loop has seen %d, want %d; %d left", sum, want, s.Len())
		}
		s.Add(future.Resolved(1), future.Resolved(2), work(3))
		for range s.All(ctx) {
			break
		}
		if n := s.Len(); n != 2 {
			t.Errorf("after break %d are left, want 2", n)
		}
		time.Sleep(time.Minute)
	})
}

// The end of ctx ends a wait, takes nothing out, and leaves nothing behind.
func TestSetContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := pledges(1)
		s := future.NewSet(fs...)
		cause := errors.New("cause")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, cause)
		defer cancel()
		if f, err := s.Next(ctx); f != nil || !errors.Is(err, future.ErrNotDone) || !errors.Is(err, cause) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Next() = %v, %v, want the end of the context", f, err)
		}
		ps[0].Resolve(7)
		if f, err := s.Next(ctx); f != fs[0] || err != nil {
			t.Errorf("Next() of a settled one = %v, %v, want it in spite of the context", f, err)
		}
		for range s.All(ctx) {
			t.Error("a loop over an empty set")
		}
	})
}

// Each future goes to one of the goroutines that wait; one whose context ends does not
// keep the others.
func TestSetConcurrently(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ps, fs := pledges(100)
		s := future.NewSet(fs...)
		seen := make([]atomic.Int32, len(fs))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for f := range s.All(context.Background()) {
					r, _ := f.Poll()
					seen[r.Value].Add(1)
				}
			})
		}
		gone, cancel := context.WithCancel(context.Background())
		all.Go(func() {
			if f, err := s.Next(gone); err == nil {
				t.Errorf("Next() = %v, want an error", f)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		for i, p := range ps {
			p.Resolve(i)
		}
		all.Wait()
		for i := range seen {
			if n := seen[i].Load(); n != 1 {
				t.Errorf("future %d went to %d goroutines", i, n)
			}
		}
	})
}

// dropped returns a future that was in a set beside f. The set is no longer used.
//
//go:noinline
func dropped(f *intFuture) weak.Pointer[intFuture] {
	beside := future.NewPromise[int]().Future()
	ctx, cancel := context.WithCancel(bg)
	cancel()
	s := future.NewSet(f, beside)
	s.Next(ctx)
	return weak.Make(beside)
}

// A set that is no longer used is not kept by its pending futures.
func TestDroppedSetLeavesNothing(t *testing.T) {
	p := future.NewPromise[int]()
	memory.WantFreed(t, "a future that was in a set with a pending one", dropped(p.Future()))
	runtime.KeepAlive(p)
}

// A set lets go of a future that it has returned, also while another one is pending.
func TestSetReleases(t *testing.T) {
	s := future.NewSet(future.NewPromise[*memory.Ballast]().Future())
	memory.WantFreed(t, "a future that Next has returned", returned(s))
	runtime.KeepAlive(s)
}

//go:noinline
func returned(s *future.Set[*memory.Ballast]) weak.Pointer[memory.Ballast] {
	b := memory.NewBallast()
	s.Add(future.Resolved(b))
	_, _ = s.Next(bg)
	return weak.Make(b)
}

// A set whose last user waits in Next is in use.
func TestSetThatOnlyNextUses(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := future.NewPromise[int]()
		var got *intFuture
		go func() { got, _ = future.NewSet(p.Future()).Next(bg) }()
		synctest.Wait()
		for range 5 {
			runtime.GC()
			time.Sleep(time.Second)
		}
		p.Resolve(1)
		synctest.Wait()
		if got != p.Future() {
			t.Errorf("Next() = %v, want the future of the set", got)
		}
	})
}
