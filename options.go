package millrace

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// A PoolOption configures a pool made by pool.New. Nil options are skipped, and
// of two that set the same thing the last one wins; that holds for all options.
type PoolOption = options.PoolOption

// A TaskOption configures one task. It is accepted wherever a [MapOption] is,
// and then applies to every item.
type TaskOption = options.TaskOption

// A MapOption configures a map.
type MapOption = options.MapOption

// A GroupOption configures a group.
type GroupOption = options.GroupOption

// WithWorkers sets how many tasks may run at once: the pool's slots. The
// default is min(32, GOMAXPROCS+4). It panics if n < 1.
func WithWorkers(n int) PoolOption {
	atLeast("WithWorkers", n, 1)
	return options.PoolFunc(func(p *options.Pool) { p.Workers = n })
}

// An Overflow says what becomes of a task that is submitted to a pool whose
// queue is full, see [WithOverflow].
type Overflow = options.Overflow

const (
	// Block has Submit wait for a place in the queue. The end of its context
	// ends the wait, and so do Close, Seal and Stop. Waiting submitters are
	// served in order. A task that submits to its own full pool lends its slot to
	// the child, and Submit returns when the child has settled.
	Block = options.Block
	// Reject settles the task as one that never ran, with pool.ErrQueueFull.
	Reject = options.Reject
	// CallerRuns runs the task beyond the pool's workers, on a goroutine of its
	// own, once its key, its weight and its groups' limits allow; Submit waits for
	// it.
	CallerRuns = options.CallerRuns
	// DropOldest settles the oldest pending task of the lowest priority as one
	// that never ran, with pool.ErrQueueFull, and takes the new one; the new one
	// itself if all pending tasks have a higher priority, or the queue has no
	// places.
	DropOldest = options.DropOldest
)

// WithQueue bounds how many tasks may be pending at once; the default is no
// bound. What happens to a task beyond it is for [WithOverflow] to say. With
// n = 0 nothing queues: a task starts at once, or meets a full queue. The items
// of a map, and tasks of pool.Then whose input has not settled, take no places.
// It panics if n < 0.
func WithQueue(n int) PoolOption {
	atLeast("WithQueue", n, 0)
	return options.PoolFunc(func(p *options.Pool) { p.Queue = n })
}

// WithOverflow says what becomes of a task that finds the queue of WithQueue
// full; the default is [Block]. It panics if o is none of the constants.
func WithOverflow(o Overflow) PoolOption {
	if o > DropOldest {
		panic(fmt.Sprintf("millrace: WithOverflow(%v): want Block, Reject, CallerRuns or DropOldest", o))
	}
	return options.PoolFunc(func(p *options.Pool) { p.Overflow = o })
}

// WithMaxWeight bounds the sum of the weights of the tasks that run at once, in
// whatever unit [WithWeight] is given: bytes, connections. The default is no
// bound. A task that waits for weight holds back those behind it in the queue:
// otherwise light tasks, which always fit, could keep a heavy one waiting for
// ever. It panics if n < 1.
func WithMaxWeight(n int64) PoolOption {
	atLeast("WithMaxWeight", n, 1)
	return options.PoolFunc(func(p *options.Pool) { p.MaxWeight = n })
}

// WithName names the pool: in its Stats, its String, and as the pprof label
// "millrace.pool" of its goroutines.
func WithName(name string) PoolOption {
	return options.PoolFunc(func(p *options.Pool) { p.Name = name })
}

// WithIdleTimeout sets how long a goroutine without work is kept for the next
// task; the default is 10 s, and 0 ends it at once. It panics if d < 0.
func WithIdleTimeout(d time.Duration) PoolOption {
	if d < 0 {
		panic(fmt.Sprintf("millrace: WithIdleTimeout(%v): want d >= 0", d))
	}
	return options.PoolFunc(func(p *options.Pool) { p.IdleTimeout = d })
}

// WithInit has every worker of the pool call fn once, before its first task: to
// open a connection, or to set a goroutine's labels. The context that fn returns
// passes its values to the tasks the worker runs, beneath the values of the
// contexts they were submitted with; it does not end them. The context that fn
// is given ends when the pool is stopped. If fn returns an error, panics or
// calls Goexit, the pool is broken: all pending and later tasks never run, with
// pool.ErrBroken. It panics if fn is nil.
//
// How many workers there are follows the load: one for each slot in use, more
// while tasks lend theirs, and fewer when they have been idle.
func WithInit(fn func(context.Context) (context.Context, error)) PoolOption {
	if fn == nil {
		panic("millrace: WithInit(nil): want a function")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Init = fn })
}

// WithContext stops the pool when ctx ends, with its cause. Tasks do not get
// its values: they have those of the context they are submitted with. It panics
// if ctx is nil.
func WithContext(ctx context.Context) PoolOption {
	if ctx == nil {
		panic("millrace: WithContext(nil): want a context")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Context = ctx })
}

// WithCrashOnPanic has a task's panic end the process with the task's stack, as
// in a bare goroutine, instead of becoming the future's error.
func WithCrashOnPanic() PoolOption {
	return options.PoolFunc(func(p *options.Pool) { p.CrashOnPanic = true })
}

// WithWeight sets how much of the pool's [WithMaxWeight] a task holds while it
// runs; the default is 1. A task of weight 0 always fits; one that is heavier
// than the maximum is refused with pool.ErrTooHeavy. It panics if n < 0.
func WithWeight(n int64) TaskOption {
	atLeast("WithWeight", n, 0)
	return options.TaskFunc(func(t *options.Task) { t.Weight = n })
}

// WithPriority has a task start before all pending tasks of a lower priority;
// those of equal priority start in order of submission. The default is 0. There
// is no ageing: a task of low priority waits for as long as higher ones keep
// coming. Running tasks are not interrupted.
func WithPriority(n int) TaskOption {
	return options.TaskFunc(func(t *options.Task) { t.Priority = n })
}

// WithKey has tasks of equal key run one at a time, in the order in which they
// were submitted, whatever their priorities. One that waits for its turn holds
// no slot and no weight. Keys are compared with ==, and belong to the pool: a key
// type of one's own keeps them apart from those of others. A nil key is none. It
// panics if the key is not comparable, or not equal to itself, as NaN.
//
// A task must not wait for a task of its own key: that is
// future.ErrDeadlock.
func WithKey(key any) TaskOption {
	if key != nil && (!reflect.ValueOf(key).Comparable() || key != key) {
		panic(fmt.Sprintf("millrace: WithKey(%v): want a key that equals itself, got %T", key, key))
	}
	return options.TaskFunc(func(t *options.Task) { t.Key = key })
}

// WithTimeout ends the task's context d after the task has started, not after
// it was submitted; the cause is a *future.TimeoutError. It panics if d <= 0.
func WithTimeout(d time.Duration) TaskOption {
	if d <= 0 {
		panic(fmt.Sprintf("millrace: WithTimeout(%v): want d > 0", d))
	}
	return options.TaskFunc(func(t *options.Task) { t.Timeout = d })
}

// WithConcurrency sets how many items of a map are at work at once; the default
// is the executor's slots. It panics if n < 1.
func WithConcurrency(n int) MapOption {
	atLeast("WithConcurrency", n, 1)
	return options.MapFunc(func(m *options.Map) { m.Concurrency = n })
}

// WithWindow sets how many items may have been pulled from the input of a map
// and not yet been delivered. A wide window keeps workers busy behind a slow
// item; it costs memory. The default adapts to the work: from twice the
// concurrency up to 512, and never under twice the concurrency. It panics if
// n < 1.
func WithWindow(n int) MapOption {
	atLeast("WithWindow", n, 1)
	return options.MapFunc(func(m *options.Map) { m.Window = n })
}

// Unordered has a map deliver results as they complete, not in input order.
func Unordered() MapOption {
	return options.MapFunc(func(m *options.Map) { m.Unordered = true })
}

// WithLimit sets how many members of the group may run at once; of nested
// groups the tightest limit wins. Members that wait for the limit hold no slot,
// and hold back nobody else. It panics if n < 1.
func WithLimit(n int) GroupOption {
	atLeast("WithLimit", n, 1)
	return options.GroupFunc(func(g *options.Group) { g.Limit = n })
}

// CollectErrors has a group go on after a failure: its Wait joins the errors of
// all members.
func CollectErrors() GroupOption {
	return options.GroupFunc(func(g *options.Group) { g.CollectErrors = true })
}

func atLeast[N int | int64](option string, n, least N) {
	if n < least {
		panic(fmt.Sprintf("millrace: %s(%d): want n >= %d", option, n, least))
	}
}
