package sched

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/internal/cell"
)

// Until says how much of a set has to settle.
type Until uint8

// The conditions that end a wait.
const (
	Single    Until = iota // the only member settles
	One                    // any member settles
	Every                  // all do
	NoFailure              // all do, or one fails
	NoLoss                 // all do, or one fails or is cancelled
	Success                // all do, or one succeeds
)

// hits reports whether a member that settled so ends the wait at once.
func (u Until) hits(s cell.State) bool {
	switch u {
	case One:
		return true
	case NoFailure:
		return s == cell.Failed
	case NoLoss:
		return s != cell.Succeeded
	case Success:
		return s == cell.Succeeded
	}
	return false
}

// A Set waits for several cells at once: one node for each that has not settled, all
// in one slab, and one channel for the whole set. Settled indexes come out in the
// order in which they settled, those that were settled when the set was made first.
type Set struct {
	nodes  []node
	wait   *Wait
	looked bool    // wait is known; nil: nothing to lend for
	taken  []int32 // of ready: what Next returns without a look at what has come since

	mu      sync.Mutex
	ready   []int32 // settled, in order; never grows beyond its first capacity
	passed  int     // how many of ready Next has taken
	left    int     // not settled
	hit     bool    // one settled that ends the wait early
	waiting bool    // Block waits for ch, or is about to
	until   Until
	ch      chan struct{}
}

type node struct {
	cell.Waiter
	set   *Set
	core  *cell.Core // nil: settled, and let go of
	index int32
}

// NewSet registers on n cells. The condition until is what Block waits for, and
// what a task that lends its slot wants it back for. Close takes all back.
func NewSet(ctx context.Context, until Until, n int, core func(int) *cell.Core) *Set {
	s := &Set{
		ready: make([]int32, 0, n),
		left:  n,
		until: until,
		ch:    make(chan struct{}, 1),
	}
	for i := range n {
		if c := core(i); c.Settled() {
			s.readyLocked(int32(i), c) // nobody else knows of the set yet
		}
	}
	settled := s.ready
	s.nodes = make([]node, n-len(settled))
	at := 0
	for i := range n {
		if len(settled) > 0 && int(settled[0]) == i {
			settled = settled[1:]
			continue
		}
		v := &s.nodes[at]
		at++
		v.set, v.core, v.index = s, core(i), int32(i)
		if !v.core.Attach(&v.Waiter, v) {
			v.Fire()
		}
	}
	return s
}

// newWait returns the wait of ctx's task for those of the set that are tasks of
// its pool; nil if there is none: such a wait keeps the slot.
func (s *Set) newWait(ctx context.Context) *Wait {
	c := from(ctx)
	if c == nil {
		return nil
	}
	t := c.task.Load()
	if t == nil {
		return nil
	}
	p := t.pool
	w := newWait()
	w.pool, w.task, w.ctx = p, t, c
	s.mu.Lock()
	cores := make([]*cell.Core, 0, s.left)
	for i := range s.nodes {
		if core := s.nodes[i].core; core != nil {
			cores = append(cores, core)
		}
	}
	s.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !t.core().Entangle() || !w.membersLocked(cores) {
		return nil
	}
	return w
}

// Fire notes that the node's cell has settled.
func (n *node) Fire() {
	s := n.set
	s.mu.Lock()
	s.readyLocked(n.index, n.core)
	n.core = nil
	signal := s.waiting && s.doneLocked()
	if signal {
		s.waiting = false
	}
	s.mu.Unlock()
	if signal {
		select {
		case s.ch <- struct{}{}:
		default: // there is one of a wait that its context ended
		}
	}
}

func (s *Set) readyLocked(i int32, c *cell.Core) {
	s.ready = append(s.ready, i)
	s.left--
	s.hit = s.hit || s.until.hits(c.State())
}

func (s *Set) doneLocked() bool {
	if s.until == One {
		return s.passed < len(s.ready) || s.left == 0
	}
	return s.hit || s.left == 0
}

// done reports whether the condition holds. If not, Block will be told when it does.
func (s *Set) done() bool {
	s.mu.Lock()
	done := s.doneLocked()
	s.waiting = !done
	s.mu.Unlock()
	return done
}

// Block waits until the condition of the set holds or ctx ends. It returns nil
// if the condition holds, whatever ctx says.
func (s *Set) Block(ctx context.Context) error {
	for !s.done() {
		if ctx.Err() != nil {
			return cell.NotDone(ctx)
		}
		if !s.looked {
			s.looked, s.wait = true, s.newWait(ctx)
		}
		s.wait.begin(s.until)
		var err error
		select {
		case <-s.ch:
		case <-ctx.Done():
			err = cell.NotDone(ctx)
		}
		s.wait.end(ctx)
		if err != nil && !s.done() {
			return err
		}
	}
	return nil
}

// Next waits for the next index to settle. It reports false when all have been
// returned.
func (s *Set) Next(ctx context.Context) (int, bool, error) {
	if len(s.taken) == 0 {
		if err := s.Block(ctx); err != nil {
			return 0, false, err
		}
		s.mu.Lock()
		s.taken = s.ready[s.passed:]
		s.passed = len(s.ready)
		s.mu.Unlock()
		if len(s.taken) == 0 {
			return 0, false, nil
		}
	}
	i := s.taken[0]
	s.taken = s.taken[1:]
	return int(i), true, nil
}

// Settled returns the indexes that have settled, in order.
func (s *Set) Settled() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready[:len(s.ready):len(s.ready)]
}

// Close leaves nothing of the set behind.
func (s *Set) Close() {
	s.wait.close()
	s.mu.Lock()
	left := s.left
	s.mu.Unlock()
	if left == 0 {
		return
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		s.mu.Lock()
		core := n.core
		s.mu.Unlock()
		if core != nil {
			core.Detach(&n.Waiter)
		}
	}
}
