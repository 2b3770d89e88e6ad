package pool_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// No slot is idle while a task is pending that may start. Random programs of members of
// nested groups, with keys, delays, inputs and retries, are looked at whenever nothing moves.
func TestNoSlotIdle(t *testing.T) {
	programs := uint64(2000)
	if testing.Short() {
		programs = 200
	}
	for seed := range programs {
		bubble.Run(t, func(t *testing.T) {
			s := newIdleSlots(seed)
			defer s.end()
			for range 80 {
				s.step()
				if f := s.admissible(); f != nil {
					t.Fatalf("program %d: task %d of %d is pending, and may start: %+v", seed, f.id, len(s.tasks), s.p.Stats())
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

type idleSlots struct {
	*rand.Rand
	p      *pool.Pool
	groups []*limited
	tasks  []*idleTask
	paused bool
}

// A limited is a group with its limit.
type limited struct {
	g     *pool.Group
	limit int
	outer *limited
}

func (l *limited) full() bool {
	for ; l != nil; l = l.outer {
		if l.g.Stats().Running >= l.limit {
			return true
		}
	}
	return false
}

// An idleTask fails some times, then runs until it is told to end.
type idleTask struct {
	id    int
	f     *intFuture
	group *limited
	key   int
	input *intFuture
	done  bool // it has been told to end
	gate  chan struct{}

	mu    sync.Mutex
	after time.Time // it may not start before
	rests bool      // between two attempts
}

// rest notes that k goes on at that time, or, if again is false, that it does not rest.
func (k *idleTask) rest(again bool, after time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rests, k.after = again, after
	return again
}

func newIdleSlots(seed uint64) *idleSlots {
	s := &idleSlots{Rand: rand.New(rand.NewPCG(seed, 1))}
	s.p = pool.New(millrace.WithWorkers(1 + s.IntN(4)))
	for range 1 + s.IntN(3) {
		l := &limited{limit: 1 + s.IntN(3)}
		var over pool.Executor = s.p
		if n := len(s.groups); n > 0 && s.IntN(2) == 0 {
			l.outer = s.groups[s.IntN(n)]
			over = l.outer.g
		}
		l.g = pool.NewGroup(bg, over, millrace.WithLimit(l.limit), millrace.IgnoreErrors())
		s.groups = append(s.groups, l)
	}
	return s
}

// step submits a task, or does something that may let others start.
func (s *idleSlots) step() {
	var k *idleTask
	if n := len(s.tasks); n > 0 {
		k = s.tasks[s.IntN(n)]
	}
	switch n := s.IntN(20); {
	case k == nil || n < 8:
		s.submit()
	case n < 12:
		k.release()
	case n < 14:
		k.f.Cancel()
	case n < 15:
		k.f.Abort(errBoom)
	case n < 16 && s.paused:
		s.p.Resume()
		s.paused = false
	case n < 16:
		s.p.Pause()
		s.paused = true
	case n < 17:
		l := s.groups[s.IntN(len(s.groups))]
		l.limit = 1 + s.IntN(3)
		l.g.SetLimit(l.limit)
	case n < 18:
		s.p.Resize(1 + s.IntN(4))
	default:
		time.Sleep(time.Duration(s.IntN(1500)) * time.Millisecond)
	}
	synctest.Wait()
}

func (s *idleSlots) submit() {
	k := &idleTask{id: len(s.tasks), after: time.Now(), gate: make(chan struct{})}
	var ex pool.Executor = s.p
	if s.IntN(4) > 0 {
		k.group = s.groups[s.IntN(len(s.groups))]
		ex = k.group.g
	}
	fails, opts := 0, []millrace.TaskOption{millrace.WithPriority(max(0, s.IntN(4)-2))}
	if s.IntN(3) == 0 {
		k.key = 1 + s.IntN(2)
		opts = append(opts, millrace.WithKey(k.key))
	}
	if s.IntN(5) == 0 {
		delay := time.Duration(s.IntN(3)) * time.Second
		k.after = time.Now().Add(delay)
		opts = append(opts, millrace.WithDelay(delay))
	}
	if s.IntN(5) == 0 {
		fails = 1 + s.IntN(2)
		delay := time.Duration(s.IntN(3)) * time.Second
		opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) {
			return delay, k.rest(n <= fails, time.Now().Add(delay))
		}))
	}
	run := func(ctx context.Context) (int, error) {
		k.rest(false, time.Now())
		if pool.Attempt(ctx) <= fails {
			return 0, errBoom
		}
		select {
		case <-k.gate:
		case <-ctx.Done():
		}
		return 1, nil
	}
	if n := len(s.tasks); n > 0 && s.IntN(5) == 0 {
		k.input = s.tasks[s.IntN(n)].f
		k.f = pool.Then(bg, ex, k.input, func(ctx context.Context, _ int) (int, error) { return run(ctx) }, opts...)
	} else {
		k.f = pool.Submit(bg, ex, run, opts...)
	}
	s.tasks = append(s.tasks, k)
}

func (k *idleTask) release() {
	if !k.done {
		k.done = true
		close(k.gate)
	}
}

// waits reports whether k waits for no time and no input, but for what the pool gives.
func (k *idleTask) waits() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	pending := k.f.State() == future.Pending || k.f.State() == future.Running && k.rests
	return pending && !k.after.After(time.Now()) && (k.input == nil || k.input.State().Settled())
}

// admissible returns a pending task that may start, if a slot is idle.
func (s *idleSlots) admissible() *idleTask {
	if st := s.p.Stats(); s.paused || st.Running >= st.Workers {
		return nil
	}
	for _, k := range s.tasks {
		if k.waits() && !k.group.full() && (k.key == 0 || s.hasTurn(k)) {
			return k
		}
	}
	return nil
}

// hasTurn reports whether no task of the key of k has started, or comes before k.
func (s *idleSlots) hasTurn(k *idleTask) bool {
	for _, o := range s.tasks {
		if o != k && o.key == k.key && (o.f.State() == future.Running || o.id < k.id && o.waits()) {
			return false
		}
	}
	return true
}

// end lets all tasks go, and waits for the pool.
func (s *idleSlots) end() {
	s.p.Resume()
	for _, k := range s.tasks {
		k.release()
	}
	s.p.Close()
}
