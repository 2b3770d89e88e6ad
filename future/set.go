package future

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A Set yields futures as they complete, like [AsCompleted], from a collection that may
// grow meanwhile: a crawler adds the pages that it has found to those that it waits for.
// Make one with [NewSet]; the zero value panics at its first use. All its methods may be
// called by any number of goroutines at once. A Set must not be copied.
//
// A future is yielded once and then released, however often it was added before. A set
// starts no goroutine, and costs one small object for each future. A set that is no
// longer used leaves nothing behind: the garbage collector takes it off its futures.
type Set[T any] struct {
	_ [0]sync.Mutex // go vet finds copies
	c *content[T]   // nil: the zero Set
}

// A content is what a set has. Its futures refer to it, and not to the set.
type content[T any] struct {
	set    *waitset.Set
	adding sync.Mutex // held by Add: what mu guards is ahead of set meanwhile

	mu   sync.Mutex
	fs   []*Future[T] // by number; nil: free
	free []int32
	in   map[*Future[T]]struct{}
}

// NewSet returns a set of fs. It panics if one of them is nil.
func NewSet[T any](fs ...*Future[T]) *Set[T] {
	needFutures("NewSet", fs)
	c := new(content[T])
	c.set = sched.NewSharedSet(c.task)
	s := &Set[T]{c: c}
	runtime.AddCleanup(s, (*waitset.Set).Close, c.set)
	s.Add(fs...)
	return s
}

// made returns the engine's set, for the method named call. It panics if s is a zero Set. The
// method has to keep s alive for as long as it uses the other one.
func (s *Set[T]) made(call string) *waitset.Set {
	if s == nil || s.c == nil {
		panic("future: " + call + ": zero Set: make one with future.NewSet")
	}
	return s.c.set
}

func (c *content[T]) task(i int32) *sched.Task {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fs[i].cell().Task()
}

// Add adds those of fs to the set that are not in it. A future that has settled already
// is ready for [Set.Next] at once. Add never blocks. If one of fs is nil, Add panics and
// adds none.
func (s *Set[T]) Add(fs ...*Future[T]) {
	set := s.made("Set.Add")
	defer runtime.KeepAlive(s)
	needFutures("Set.Add", fs)
	s.c.adding.Lock()
	defer s.c.adding.Unlock()
	for _, f := range fs {
		if i, added := s.c.keep(f); added {
			set.Add(i, f.cell().Task())
		}
	}
}

// keep gives f a number, if it is not in the set.
func (c *content[T]) keep(f *Future[T]) (i int32, added bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.in[f]; ok {
		return 0, false
	}
	if c.in == nil {
		c.in = make(map[*Future[T]]struct{})
	}
	c.in[f] = struct{}{}
	if n := len(c.free); n > 0 {
		i = c.free[n-1]
		c.free = c.free[:n-1]
		c.fs[i] = f
		return i, true
	}
	c.fs = append(c.fs, f)
	return int32(len(c.fs) - 1), true
}

// release takes the future with number i out.
func (c *content[T]) release(i int32) *Future[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.fs[i]
	c.fs[i] = nil
	delete(c.in, f)
	if c.free = append(c.free, i); len(c.in) == 0 {
		c.fs, c.free, c.in = nil, nil, nil // an empty set releases its memory
	}
	return f
}

// Len returns how many futures are in the set: those that were added and not yielded.
func (s *Set[T]) Len() int {
	s.made("Set.Len")
	s.c.adding.Lock()
	defer s.c.adding.Unlock()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return len(s.c.in)
}

// Next blocks until a future of the set has settled, removes it from the set and returns
// it. Futures come in the order in which they settle; a future that had settled before it
// was added counts as settled when it was added. Several goroutines may call Next: each
// future goes to one of them.
//
// If the set is empty, Next returns [ErrEmpty] at once and does not wait for futures that
// are added later. If ctx ends first, the error is [ErrNotDone], and nothing is removed.
// In a task of a pool, with the task's context, Next lends the slot as [Future.Await]
// does; if all futures that are left wait for that task, the error is [ErrDeadlock].
func (s *Set[T]) Next(ctx context.Context) (*Future[T], error) {
	set := s.made("Set.Next")
	defer runtime.KeepAlive(s)
	needContext("Set.Next", ctx)
	switch i, ok, err := set.Next(ctx); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, ErrEmpty
	default:
		return s.c.release(i), nil
	}
}

// All returns the futures of the set as they settle, until the set is empty. They include
// those that the loop body, or another goroutine, adds meanwhile. The loop also ends when
// [Set.Next] would return an error, and with break. Then the other futures stay in the
// set; [Set.Len] tells whether there are any.
func (s *Set[T]) All(ctx context.Context) iter.Seq[*Future[T]] {
	s.made("Set.All")
	needContext("Set.All", ctx)
	return func(yield func(*Future[T]) bool) {
		for {
			f, err := s.Next(ctx)
			if err != nil || !yield(f) {
				return
			}
		}
	}
}

// String returns the type and how many futures are in the set.
func (s *Set[T]) String() string {
	if s == nil {
		return fmt.Sprintf("%T(nil)", s)
	}
	if s.c == nil {
		return fmt.Sprintf("%T(zero)", s)
	}
	return fmt.Sprintf("%T(%d)", s, s.Len())
}

// Format writes what String returns, whatever the verb: fmt does not read a set that
// other goroutines use.
func (s *Set[T]) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }
