package pool

import (
	"time"

	"github.com/millrace-go/millrace/internal/sched"
)

// Stats are the figures of a pool at one instant. At every instant
//
//	Submitted = Queued + Deferred + Running + Waiting + Succeeded + Failed + Cancelled
//
// Submitted, Succeeded, Failed, Panicked, Cancelled, Refused and CallbackPanics count since
// the pool was made. They include the items of maps that have started. A task of Then whose
// input did not succeed counts as its input does, as Failed or Cancelled.
type Stats struct {
	Name       string
	Workers    int   // slots; of a group: its limit, if that is lower
	Goroutines int   // of the pool, idle ones included
	Running    int   // tasks at work, those of CallerRuns and permits of Acquire included
	Waiting    int   // tasks that have lent their slot, or wait for their next attempt
	Queued     int   // pending tasks that take a place in the queue
	Weight     int64 // of the running tasks, together; of a pool: 0 without WithMaxWeight
	MaxWeight  int64 // of WithMaxWeight; 0: no bound
	Deferred   int   // pending tasks that are not in the queue yet: of Then, or delayed
	Submitted  uint64
	Succeeded  uint64
	Failed     uint64
	Panicked   uint64 // those of Failed that panicked
	Cancelled  uint64 // taken, and never ran
	Refused    uint64 // not taken: never ran, and not in Submitted

	Blocked      int           // submitters that wait for a place in the queue
	QueueLimit   int           // of WithQueue; -1: no bound
	OldestQueued time.Duration // how long the oldest of Queued has been pending, or a little more

	CallbackPanics uint64 // functions of OnDone that panicked, except those that OnDone itself called

	DroppedObservers int // observers that the pool no longer calls, because they panicked
}

// Stats returns a consistent snapshot: all figures are of one instant. Its cost grows with the
// numbers of priorities, flows, keys and groups that tasks wait with, not with that of the tasks.
func (p *Pool) Stats() Stats { return stats(p.sched().Stats()) }

// Stats returns a consistent snapshot of the members: tasks that were submitted to the
// group, or to a group that is made over it. Workers is the smaller of the group's limit
// and the number of the pool's workers, and Name is that of the pool. Other figures of
// the pool are left out: Goroutines, MaxWeight, CallbackPanics and DroppedObservers are
// 0, and QueueLimit is -1. Stats looks at each member.
func (g *Group) Stats() Stats { return stats(g.group().Stats()) }

func stats(s sched.Stats) Stats {
	return Stats{
		Name: s.Name, Workers: s.Workers, Goroutines: s.Goroutines,
		Running: s.Running, Waiting: s.Waiting, Queued: s.Queued, Deferred: s.Deferred,
		Blocked: s.Blocked, QueueLimit: s.QueueLimit, OldestQueued: s.OldestQueued,
		Weight: s.Weight, MaxWeight: s.MaxWeight,
		Submitted: s.Submitted, Succeeded: s.Succeeded, Failed: s.Failed,
		Panicked: s.Panicked, Cancelled: s.Cancelled, Refused: s.Refused,
		CallbackPanics: s.CallbackPanics, DroppedObservers: s.DroppedObservers,
	}
}
