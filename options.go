package millrace

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// A PoolOption configures a pool, in pool.New. As for all options, a nil option is
// skipped, and of two options that set the same thing the last one wins.
type PoolOption = options.PoolOption

// A TaskOption configures one task. It is accepted wherever a [MapOption] is, and then
// applies to each item.
type TaskOption = options.TaskOption

// A MapOption configures a map, or a parallel stage of package stream.
type MapOption = options.MapOption

// A GroupOption configures a group, in pool.NewGroup and pool.Scope.
type GroupOption = options.GroupOption

// WithWorkers sets how many tasks may run at once: the pool's slots. The default is
// min(32, GOMAXPROCS+4). The number itself costs nothing: WithWorkers(1<<30) is a pool
// without a bound. Three kinds of tasks may run beyond the number; package pool lists
// them under Bounds. WithWorkers panics if n < 1.
func WithWorkers(n int) PoolOption {
	atLeast("WithWorkers", int64(n), 1)
	return options.PoolFunc(func(p *options.Pool) { p.Workers = n })
}

// An Overflow selects what happens to a task that is submitted while the pool's queue is
// full, see [WithOverflow].
type Overflow = options.Overflow

const (
	// Block makes Submit wait for a place in the queue. The wait ends with the submit
	// context, and with Close, Seal, Shutdown or Stop of the pool. Places are given in the
	// order in which submitters have blocked, whatever the priorities. A task that submits
	// to its own full pool, with its own context or one derived from it, lends its slot to
	// the child, and Submit returns when the child has settled. A child with the key of that
	// task never runs, with future.ErrDeadlock: it would wait for its submitter. With another
	// context the task keeps its slot, and can wait for ever.
	Block Overflow = options.Block
	// Reject settles the new task as one that never ran, with pool.ErrQueueFull.
	Reject Overflow = options.Reject
	// CallerRuns runs the new task beyond the pool's workers, in a goroutine of its own,
	// as soon as its key, its weight and the limits of its groups allow. Submit waits
	// until the task has settled or the submit context has ended. If a place becomes free
	// before the task can run, the task takes it, and Submit returns. Some tasks have no
	// caller that could wait: a task of pool.Then and one with [WithDelay] wait for a
	// place in the queue, and a further attempt of [WithRetry] waits for a slot.
	CallerRuns Overflow = options.CallerRuns
	// DropOldest makes room: of the pending tasks of the lowest priority the oldest is
	// settled as one that never ran, with pool.ErrQueueFull. The new task itself is
	// dropped if all pending tasks have a higher priority, or if the queue has no places.
	DropOldest Overflow = options.DropOldest
)

// WithQueue bounds how many tasks may be pending at once; the default is no bound.
// [WithOverflow] selects what happens when the queue is full. With n = 0 nothing is
// queued: a task either starts at once or finds the queue full, and with [Block] Submit
// then waits for a worker, like Go of an errgroup with a limit. WithQueue panics if n <
// 0.
//
// A task keeps its place while it waits for its key, for the limit or rate of its group,
// or for weight. So the tasks of one group can fill the queue; see [WithFlow]. These take
// no places:
//
//   - items of maps, and the functions of pool.First and pool.Join
//   - tasks of pool.Then whose input has not settled
//   - tasks whose [WithDelay] is not over, and tasks between two attempts of [WithRetry]
func WithQueue(n int) PoolOption {
	atLeast("WithQueue", int64(n), 0)
	return options.PoolFunc(func(p *options.Pool) { p.Queue = n })
}

// An OverflowOption is both a [PoolOption] and a [TaskOption].
type OverflowOption = options.OverflowOption

// WithOverflow selects what happens to a task that finds the queue of [WithQueue] full;
// the default is [Block]. Given to a task, it overrides the pool's choice for that task.
// It panics if o is none of the constants.
func WithOverflow(o Overflow) OverflowOption {
	if o > DropOldest {
		panic(fmt.Sprintf("millrace: WithOverflow(%v): want Block, Reject, CallerRuns or DropOldest", o))
	}
	return OverflowOption{Overflow: o}
}

// WithMaxWeight bounds the sum of the weights of the tasks that run at once, in the
// unit of [WithWeight]: bytes, connections. The default is no bound. The workers are a
// bound as well: if the weight is to be the only one, give the pool as many workers as
// light tasks may run at once, or more; those that are not needed cost nothing.
//
// A task that waits for weight holds back those behind it in the queue; otherwise light
// tasks, which always fit, could keep a heavy one waiting for ever. WithMaxWeight panics
// if n < 1.
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
	notNegative("WithIdleTimeout", d)
	return options.PoolFunc(func(p *options.Pool) { p.IdleTimeout = d })
}

// WithInit makes each worker of the pool call fn once, before its first task: to open a
// connection, or to set labels of its goroutine. The number of workers follows the load:
// one for each slot in use, more while tasks lend theirs, fewer after the idle timeout.
//
// The context of a task has the values of the context that fn returned for the task's
// worker, where its submit context has none for the key. The end of the returned context
// does not reach the tasks. A task that is submitted with the context of another task of
// the pool has the values of its own worker, not of the other task's.
//
// The context that fn gets ends when the pool is stopped, or has closed: use
// [context.AfterFunc] to close what fn has opened. If fn returns an error, panics or
// calls runtime.Goexit, the pool is broken: all pending and later tasks never run, with
// pool.ErrBroken. WithInit panics if fn is nil.
func WithInit(fn func(context.Context) (context.Context, error)) PoolOption {
	if fn == nil {
		panic("millrace: WithInit(nil): want a function")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Init = fn })
}

// WithContext stops the pool when ctx ends, with its cause. Tasks do not get the values
// of ctx, only those of their submit context. WithContext panics if ctx is nil.
func WithContext(ctx context.Context) PoolOption {
	if ctx == nil {
		panic("millrace: WithContext(nil): want a context")
	}
	return options.PoolFunc(func(p *options.Pool) { p.Context = ctx })
}

// A RateOption is both a [PoolOption] and a [GroupOption].
type RateOption = options.RateOption

// WithRate bounds how many tasks start a second: perSecond on average, and at most burst
// at once after a pause (a token bucket, golang.org/x/time/rate). An item of a map counts
// as a task, and so does each attempt of [WithRetry]. A task that goes on after it has
// lent its slot does not count again.
//
// A task that waits for the rate holds no slot and no weight. If it waits for the rate of
// its group, it holds back no other task; the rate of the pool holds back every task.
// WithRate panics if perSecond is not a finite number above 0, or if burst < 1.
func WithRate(perSecond float64, burst int) RateOption {
	if !(perSecond > 0) || math.IsInf(perSecond, 0) {
		panic(fmt.Sprintf("millrace: WithRate(%v, %d): want a finite rate > 0", perSecond, burst))
	}
	if burst < 1 {
		panic(fmt.Sprintf("millrace: WithRate(%v, %d): want burst >= 1", perSecond, burst))
	}
	return RateOption{PerSecond: perSecond, Burst: burst}
}

// WithCrashOnPanic makes a task's panic end the process with the task's stack, as in a
// bare goroutine. The pool's observers are told of it first. Without it a panic becomes
// the future's error.
func WithCrashOnPanic() PoolOption {
	return options.PoolFunc(func(p *options.Pool) { p.CrashOnPanic = true })
}

// WithWeight sets how much of the pool's [WithMaxWeight] a task holds while it
// runs; the default is 1. A task of weight 0 always fits; one that is heavier
// than the maximum is refused with pool.ErrTooHeavy. It panics if n < 0.
func WithWeight(n int64) TaskOption {
	atLeast("WithWeight", n, 0)
	return options.TaskSetting{Field: options.Weight, N: n}
}

// WithPriority makes a task start before all pending tasks of a lower priority; tasks
// of equal priority start in order of submission. The default is 0. Priorities do not
// age: a task of low priority waits for as long as tasks of higher priority keep coming.
// Running tasks are not interrupted.
func WithPriority(n int) TaskOption {
	return options.TaskSetting{Field: options.Priority, N: int64(n)}
}

// WithKey makes tasks of equal key run one at a time, in the order in which they were
// submitted, whatever their priorities. A task that waits for its turn holds no slot and
// no weight. The task that has the turn is scheduled with the highest priority of those
// that wait for it. If a task waits for a task of its own key, the wait returns
// future.ErrDeadlock.
//
// Keys are compared with ==, and are per pool; give them a type of your own, as for keys
// of contexts. A nil key is no key. WithKey panics if the key is not comparable, or not
// equal to itself, like NaN.
func WithKey(key any) TaskOption {
	needKey("WithKey", key)
	return options.TaskSetting{Field: options.Key, Value: key}
}

// WithTimeout ends the context of a task d after the task has started; the cause is a
// *future.TimeoutError. The time in the queue does not count. It panics if d <= 0.
func WithTimeout(d time.Duration) TaskOption {
	positive("WithTimeout", d)
	return options.TaskSetting{Field: options.Timeout, N: int64(d)}
}

// WithFlow gives tenants fair shares: tasks of equal priority from different flows take
// turns, one each, so that no flow can starve another. Within a flow tasks start in order
// of submission. All tasks without a flow are one flow, and each map is a flow by
// default.
//
// Flows share the places of [WithQueue], so one tenant can fill the queue. A service that
// refuses requests when its queue is full should give each tenant a group, and should
// look at how many members of it are queued before it submits, as the program
// examples/gateway does.
//
// A flow costs something only while tasks of it are pending. Flows are compared with ==,
// and are per pool; a nil flow is none. WithFlow panics if the flow is not comparable, or
// not equal to itself, like NaN.
func WithFlow(key any) TaskOption {
	needKey("WithFlow", key)
	return options.TaskSetting{Field: options.Flow, Value: key}
}

// WithDelay keeps a task from starting until d after its submission. Until then it is
// pending and holds nothing: no slot, no place in the queue, no weight, no turn of its
// key. Close waits for it. It panics if d < 0.
func WithDelay(d time.Duration) TaskOption {
	notNegative("WithDelay", d)
	return options.TaskSetting{Field: options.Delay, N: int64(d)}
}

// WithMaxWait bounds how long a task may be pending: a task that has not started d after
// its submission never runs, with pool.ErrMaxWait. WithMaxWait panics if d <= 0.
func WithMaxWait(d time.Duration) TaskOption {
	positive("WithMaxWait", d)
	return options.TaskSetting{Field: options.MaxWait, N: int64(d)}
}

// WithRetry makes the pool try a failed task again. After each attempt that failed, also
// by a panic or a Goexit, the pool calls next with the number of attempts so far (1 after
// the first) and the error. next returns whether to try again, and after which delay. The
// outcome of the task is that of the last attempt.
//
// Between two attempts the task holds no slot, no weight and no place in the limit of its
// groups. It keeps the turn of its key, counts as Waiting in Stats, and its state is
// Running. Abort, Stop and the end of any of its contexts end the delay at once, and
// there is no further attempt. Each attempt has a context and a timeout of its own;
// pool.Attempt returns its number.
//
// A panic of next is that of the task, and so is a Goexit. WithRetry panics if next is nil.
func WithRetry(next func(attempt int, err error) (delay time.Duration, again bool)) TaskOption {
	if next == nil {
		panic("millrace: WithRetry(nil): want a function")
	}
	return options.TaskSetting{Field: options.Retry, Value: next}
}

// WithConcurrency sets how many items of a map may be at work at once; the default is the
// number of the executor's slots. It panics if n < 1.
func WithConcurrency(n int) MapOption {
	atLeast("WithConcurrency", int64(n), 1)
	return options.MapFunc(func(m *options.Map) { m.Concurrency = n })
}

// WithWindow sets how many items of a map may have been pulled from the input and not yet
// been delivered. The default adapts to the work: at least twice the concurrency, and up
// to 512 items. A wide window keeps workers busy behind a slow item, and takes memory.
// WithWindow panics if n < 1.
func WithWindow(n int) MapOption {
	atLeast("WithWindow", int64(n), 1)
	return options.MapFunc(func(m *options.Map) { m.Window = n })
}

// Unordered makes a map deliver results as they complete rather than in input order.
func Unordered() MapOption {
	return options.MapFunc(func(m *options.Map) { m.Unordered = true })
}

// WithLimit sets how many members of a group may run at once. In nested groups the
// tightest limit counts. A member that waits for the limit holds no slot and holds back
// no other task, but keeps its place in a bounded queue ([WithQueue]). A member that has
// lent its slot does not count: to bound how many tasks have begun and not ended, use a
// map with [WithConcurrency]. WithLimit panics if n < 1.
func WithLimit(n int) GroupOption {
	atLeast("WithLimit", int64(n), 1)
	return options.GroupFunc(func(g *options.Group) { g.Limit = n })
}

// CollectErrors makes the members of a group go on after a failure: no member is
// cancelled, and Wait joins the errors of all. If the group is made over another group,
// that one still acts on the failure, by its own options. Of CollectErrors and
// [IgnoreErrors] the last one wins.
func CollectErrors() GroupOption {
	return options.GroupFunc(func(g *options.Group) { g.CollectErrors, g.IgnoreErrors = true, false })
}

// IgnoreErrors makes a failure concern its member alone: it cancels no other member, only
// the member's future has it, and Wait returns nil. A group that this group is made over
// does not learn of the failure, but does learn of members that never ran. So the group
// can be a long-lived, limited view of a pool or of another group, for instance one for
// each host.
func IgnoreErrors() GroupOption {
	return options.GroupFunc(func(g *options.Group) { g.IgnoreErrors, g.CollectErrors = true, false })
}

// The functions below check the argument of an option. They are not inlined, so that the
// options are: then what those return need not be on the heap.

//go:noinline
func atLeast(option string, n, least int64) {
	if n < least {
		panic(fmt.Sprintf("millrace: %s(%d): want n >= %d", option, n, least))
	}
}

//go:noinline
func notNegative(option string, d time.Duration) {
	if d < 0 {
		panic(fmt.Sprintf("millrace: %s(%v): want d >= 0", option, d))
	}
}

//go:noinline
func positive(option string, d time.Duration) {
	if d <= 0 {
		panic(fmt.Sprintf("millrace: %s(%v): want d > 0", option, d))
	}
}

// needKey panics unless key can be compared: it is nil or equals itself.
//
//go:noinline
func needKey(option string, key any) {
	if !equalsItself(key) {
		panic(fmt.Sprintf("millrace: %s(%v): want a key that is comparable and equals itself, got %T", option, key, key))
	}
}

// equalsItself is false for a NaN, and for a key that is not comparable. Comparable of package
// reflect allocates.
func equalsItself(key any) (equal bool) {
	defer func() { _ = recover() }() // the comparison panics
	return key == key
}
