// Package sched is the scheduler: which pending task may start, who holds a
// slot, who lends one, and when a pool is at rest. It knows nothing of types;
// package pool is its typed front.
//
// # Invariants
//
// Pool.mu guards every move of a task out of pending, so that start, cancel,
// stop and the end of a context cannot race: whoever holds the lock decides. The
// one exception are tasks that a worker has claimed, which start under the worker's
// lock; whoever wants to know of them takes them back first (claim.go).
// "Running" is decided there too, by admission (admit.go), the instant a slot is
// free; goroutines are only the muscle. A started task waits in Pool.picks, or in
// the hands of a worker that took several, for a goroutine, and
//
//	a started task has no goroutine  =>  a worker is on its way (waking > 0)
//
// holds whenever the lock is free: unlock sees to it. One worker on its way is
// enough: it wakes the next if it leaves work behind. So a burst of submits costs
// one wake-up, and a worker that is already here takes the work first.
//
// A worker takes several started tasks at once and gives their slots back when
// it comes again (stock.go). Its own lock guards what it has in hand; the order
// is Pool.mu, then worker.mu. Until it comes, or somebody who needs to know
// visits it (collectLocked), Pool.busy counts slots that are free again; that
// cannot last, because a worker comes before it starts the last task in hand, and
// while it has others in hand somebody is on the way to take them.
//
// No code of the user's runs under a lock: not functions, not contexts, not
// errors. What a locked section owes the outside (waking waiters, stopping
// watches, ending contexts) is collected in Pool.after and done by unlock.
//
// # What the lock costs
//
// 16 producers submit 1,000 tasks each and await them, on 8 workers and 2 cores;
// time stamps were read in Lock and Unlock, and what that costs was taken off:
//
//	GOMAXPROCS                          1     2     4     8
//	empty tasks   sections a task    1.06  1.07  1.06  1.06
//	              ns held a task       32    66    64    68
//	of 1 us       sections a task    1.06  1.09  1.08  1.08
//	              ns held a task       63   112   115   115
//	of 5 us       sections a task    1.10  1.64  1.78  1.87
//	              ns held a task       71   297   348   349
//
// A submit is one section, and a worker needs another for each task that it does
// not claim. A section alone takes 14 ns; the rest are cache lines that another
// core had last. Neither grows with how many run at once. So the lock takes some 15
// million quick tasks a second, and is what more cores than these wait for if
// together they ask for more: about 14 of them with tasks of 5 us. The items of a
// map do not come to it at all.
package sched

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// A Pool runs tasks on at most as many slots as it has workers.
type Pool struct {
	cfg   options.Pool
	fault func(value any, stack []byte) error // makes the error of a panic
	born  time.Time
	phase atomic.Int32 // written under mu

	mu        sync.Mutex
	slots     int // how many there are
	busy      int // slots held: running tasks that do not lend
	lending   int // running tasks that lend their slot
	beyond    int // running tasks that need no slot: CallerRuns
	seq       uint64
	weights   *semaphore.Weighted // of the running tasks; nil: no bound
	weight    int64               // what is taken of it
	queue     queue               // pending, and free to start
	queued    int                 // pending tasks that take places, in queue and elsewhere
	wants     atomic.Uint64       // the priority of what waits for a slot (wanting), or nobody; for hands to look at
	unplaced  int                 // pending ones that take none
	hands     int                 // running tasks that are hands of crews
	keys      map[any]*Task       // the task that has the turn, for each key in use
	stalls    map[*Group]struct{} // groups that tasks wait for
	victims   heap                // DropOldest: pending tasks that are not in queue.fifo, the next to drop first
	deferred  list                // pending tasks whose input has not settled
	entries   entryList           // tasks that wait for a place in the queue
	returning []*Task             // tasks whose waits are over and that want a slot back, in order
	offers    []*Wait             // waits whose member has settled in this section, and that wait on
	watches   map[<-chan struct{}]*watch
	recent    *watch // the last one that was looked up
	hold      int    // > 0: nobody starts; a section that settles many tasks admits when it is through

	picks      picks     // started, and without a goroutine
	all        []*worker // every goroutine of the pool
	stocked    []*worker // those that took more than one task
	holders    []*worker // those that have had tasks in hand, by worker.id
	claims     bool      // there may be claimed tasks
	looked     int       // where in stocked was looked for one that is stuck
	wanted     bool      // WithInit: a task waits for a worker
	loose      bool      // the section leaves tasks in the hands of a worker that is not there for them
	waking     int       // workers on their way to the lock to take a task
	away       int       // workers that are not to be counted on: they end, or run functions of OnDone
	preparing  int       // WithInit: of those, the ones that have not been prepared
	prepared   int       // WithInit: prepared workers without a task
	idle       []*worker // parked, the longest idle first
	reaper     *time.Timer
	reaping    bool // the reaper is armed
	stopped    context.Context
	stopWorker context.CancelCauseFunc // ends the contexts that Init functions run under

	err      error // why no more work is taken
	aborted  bool  // the contexts of what ran have been ended
	plain    bool  // it bounds nothing but its slots
	lost     int   // tasks taken that Stop settled
	settling int   // sections of after that are still being done
	drained  chan struct{}
	unhook   func() bool // ends the watch on cfg.Context
	count    counters
	after    after

	spare spare
}

// The phases a pool passes, in this order.
const (
	open    int32 = iota
	closing       // takes work only from its own tasks
	stopped       // takes none
)

// New returns a pool. It starts nothing. fault makes the error of a panic.
func New(cfg options.Pool, fault func(value any, stack []byte) error) *Pool {
	p := &Pool{cfg: cfg, fault: fault, born: time.Now(), slots: cfg.Workers, queue: newQueue(), victims: heap{less: dropsBefore, slot: 1}}
	if cfg.MaxWeight > 0 {
		p.weights = semaphore.NewWeighted(cfg.MaxWeight)
	}
	if cfg.Init != nil {
		p.stopped, p.stopWorker = context.WithCancelCause(context.Background())
	}
	p.plain = cfg.Queue == options.Unbounded && cfg.MaxWeight == 0 && cfg.Init == nil
	if ctx := cfg.Context; ctx != nil {
		unhook := context.AfterFunc(ctx, func() { p.Stop(context.Cause(ctx)) })
		p.mu.Lock()
		p.unhook = unhook
		p.mu.Unlock()
	}
	return p
}

// Name returns the pool's name.
func (p *Pool) Name() string { return p.cfg.Name }

// Slots returns how many tasks may run at once.
func (p *Pool) Slots() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slots
}

// Resize sets how many slots there are: more are there at once, fewer as tasks
// end.
func (p *Pool) Resize(workers int) {
	p.mu.Lock()
	p.recallAllLocked()
	p.slots = workers
	p.admitLocked()
	p.unlock()
}

// unlock ends a locked section: it sees to it that started tasks get a
// goroutine, and does what the section owes the outside. It may run functions
// of the user's.
func (p *Pool) unlock() { pay(p.unlockOwing()) }

// pay does what unlockOwing has left to do.
func pay(settled []*cell.Core, last cell.Target) {
	if last != nil {
		cell.Call(append(cell.Wake(settled...), last)...)
	}
}

// unlockOwing is unlock without the release of the cells that have settled. It
// returns those, and what is to fire after their functions; nil if nothing is left
// to do.
func (p *Pool) unlockOwing() (settled []*cell.Core, last cell.Target) {
	w := p.wakeLocked()
	if p.after.any || p.wanted {
		return p.payLocked(w)
	}
	p.mu.Unlock()
	p.dispatch(w)
	return nil, nil
}

// payLocked is unlockOwing with a debt, and w to be woken.
func (p *Pool) payLocked(w *worker) (settled []*cell.Core, last cell.Target) {
	told := false
	last = section{p}
	defer func() {
		if !told { // a context of the user's has called Goexit, or has panicked
			pay(settled, last)
		}
	}()
	p.settling++
	for {
		spawned := p.spawnLocked()
		todo := p.after
		p.after = after{}
		p.mu.Unlock()
		p.dispatch(w)
		p.dispatch(spawned)
		settled = append(settled, todo.settled...)
		todo.tell()
		if todo.aborts == nil {
			told = true
			return settled, last
		}
		p.mu.Lock()
		p.abortedLocked(todo.aborts)
		w = p.wakeLocked()
	}
}
