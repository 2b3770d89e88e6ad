package sched

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/effects"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Pool runs tasks on at most as many slots as it has workers.
type Pool struct {
	cfg    options.Pool
	bound  *taskctx.Bound // of cfg.Context
	simple bool           // a plain task needs nothing but a slot
	calm   bool           // and now nothing else wants one: see noteCalm
	phase  atomic.Int32   // written under mu

	// What each submission, start and end of a task writes, up to count.Succeeded, is in two cache
	// lines: processors that take turns at the lock pass these on, and few others.
	mu    sync.Mutex
	order uint64 // of the last submission
	slots slots
	fifo  queue.FIFO[Task] // pending and free to start: in order, of priority 0, without a flow
	tasks int              // that have not settled
	count Counts

	starting queue.FIFO[Task]         // started, and not taken by a worker
	stale    int                      // tasks in fifo that do not wait there any more
	ready    queue.Ready[*Task]       // the others that are pending and free to start
	returns  [2]queue.Sorted[*worker] // workers whose tasks want their slots back; in the second those that need none, see isBeyond
	deferred queue.Sorted[*Task]      // pending tasks whose input has not settled
	entries  queue.Sorted[*Task]      // tasks that wait for a place in the queue, in the order of their arrival there
	entrants [2]queue.Sorted[*Task]   // those of them that wait for nothing but a slot; second: CallerRuns
	late     int                      // how many of the entries the pool has taken already: see place.go
	arrivals uint64                   // how many entries and returns there have been
	drops    bool                     // there has been a task with DropOldest, or all have it
	victims  queue.Ready[*Task]       // what may be dropped then, the next first
	turns    queue.Index[any, *turn]  // of the keys in use
	stalls   queue.List[Group]        // groups whose members wait for a limit or a rate
	crowded  int                      // groups whose crowd is not nobody
	clock    alarm.Clock[*Task]       // delays, expiries and rates
	delayed  int                      // pending tasks that wait for their delay; not runners, which count from when they start
	ages     queue.Ages
	weights  weights
	rate     alarm.Rate[*Task]
	recent   *scope // the last one that was looked up
	scopes   queue.Index[taskctx.ID, *scope]
	blocked  bool          // the first of the queue waits for weight, a worker, or the pool's rate
	paused   atomic.Bool   // it is written under the lock
	wants    atomic.Uint64 // see updateWants
	divided  atomic.Bool   // see noteDivided; it is written under the lock
	failed   atomic.Uint32 // how many forks have: see forkEnded
	workers  workers
	life     life
	effects  effects.Effects
	spare    spare
	forks    int       // calls of Join that have submitted a task by the short way, and go on
	acquires []*Permit // that running tasks wait for
	mixed    bool      // tasks of the pool have waited for those of others
}

// slots counts the rights to run.
type slots struct {
	n      int // how many there are
	active int // held: by running tasks that do not lend, and by permits
	beyond int // running tasks that need none: CallerRuns
	lent   int // running tasks that lend theirs
	rests  int // tasks between two attempts
}

func (s *slots) free() bool { return s.active < s.n }

// running returns how many tasks are at work.
func (s *slots) running() int { return s.active + s.beyond }

// waiting returns how many have started and are not at work.
func (s *slots) waiting() int { return s.lent + s.rests }

// New returns a pool. It starts nothing.
func New(cfg options.Pool) *Pool {
	p := &Pool{cfg: cfg}
	p.slots.n = cfg.Workers
	p.drops = cfg.Overflow == options.DropOldest
	p.clock.Init(p.alarmsDue, alarmOrder)
	p.weights.max = cfg.MaxWeight
	p.rate.Set(cfg.Rate.PerSecond, cfg.Rate.Burst, func(*Task) {}) // the section that rings looks
	p.simple = cfg.Queue == options.Unbounded && cfg.MaxWeight == 0 && cfg.Init == nil && !p.rate.On() && cfg.Context == nil
	if cfg.Init != nil {
		p.workers.base, p.workers.stop = context.WithCancelCause(context.Background())
	}
	if ctx := cfg.Context; ctx != nil {
		p.bound = taskctx.NewBound(ctx, nil)
		if ctx.Err() != nil {
			p.stopByContext()
			return p
		}
		unhook := context.AfterFunc(ctx, p.stopByContext)
		p.mu.Lock()
		p.life.unhook = unhook
		p.mu.Unlock()
	}
	return p
}

// Made reports whether New has made the pool.
func (p *Pool) Made() bool { return p.cfg.Workers > 0 }

// Name returns the pool's name.
func (p *Pool) Name() string { return p.cfg.Name }

// Observer returns what is told of the pool's tasks, or nil.
func (p *Pool) Observer() *options.Observers { return p.cfg.Observer }

// CrashOnPanic reports whether a panic of a task is to end the process.
func (p *Pool) CrashOnPanic() bool { return p.cfg.CrashOnPanic }

// Slots returns how many tasks may run at once.
func (p *Pool) Slots() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slots.n
}

// Resize sets how many slots there are: more are there at once, fewer as tasks
// end.
func (p *Pool) Resize(workers int) {
	p.mu.Lock()
	p.slots.n = workers
	p.unlock()
}
