// Package options holds what the options of package millrace set. The root
// package aliases these types, so that the packages below it can read them.
package options

import (
	"context"
	"runtime"
	"strconv"
	"time"
)

// Pool is what the options of a pool set.
type Pool struct {
	Workers      int             // slots
	Queue        int             // pending tasks; Unbounded: any number
	Overflow     Overflow        // what becomes of a task that finds the queue full
	MaxWeight    int64           // sum of the weights of running tasks; 0: no bound
	Rate         Rate            // so many tasks start a second at most
	Name         string          // in Stats, String and the pprof label
	IdleTimeout  time.Duration   // after which an idle goroutine ends; 0: at once
	Init         InitFunc        // called once by each worker; nil: nothing
	Context      context.Context // the pool stops when it ends; nil: none
	CrashOnPanic bool            // a task's panic ends the process
	Observer     *Observers      // are told of the tasks; nil: none
}

// Unbounded as Pool.Queue is no bound.
const Unbounded = -1

// Rate is a bound on how many tasks start a second; without a Burst there is none.
type Rate struct {
	PerSecond float64
	Burst     int
}

// An InitFunc prepares a worker.
type InitFunc = func(context.Context) (context.Context, error)

// Overflow says what becomes of a task that finds the queue full.
type Overflow uint8

// The ways, which the root package documents.
const (
	Block Overflow = iota
	Reject
	CallerRuns
	DropOldest
)

// String returns the name of the constant.
func (o Overflow) String() string {
	switch o {
	case Block:
		return "Block"
	case Reject:
		return "Reject"
	case CallerRuns:
		return "CallerRuns"
	case DropOldest:
		return "DropOldest"
	}
	return "Overflow(" + strconv.Itoa(int(o)) + ")"
}

// Task is what the options of a task set.
type Task struct {
	Common
	Rest
}

// A Rest is what few tasks set.
type Rest struct {
	Timeout  time.Duration // from the task's start; 0: none
	Name     string        // of the task, the map or the stage, for observers
	Flow     any           // tasks of equal priority from different flows take turns; nil: none. It is comparable.
	Delay    time.Duration // pending, and in no queue, until then; from the submission
	MaxWait  time.Duration // pending for so long at most; 0: no bound
	Retry    RetryFunc     // asked after each failed attempt; nil: there is one attempt
	Overflow *Overflow     // in place of the pool's; nil: that
}

// A Common is what most tasks with options set.
type Common struct {
	Weight   int64 // of the pool's MaxWeight
	Priority int   // higher first
	Key      any   // tasks of equal key run one at a time; nil: none. It is comparable.
}

// A RetryFunc says whether a task that has failed is tried again, and when.
type RetryFunc = func(attempt int, err error) (delay time.Duration, again bool)

// Plain is a task without options.
var Plain = Task{Common: Common{Weight: 1}}

// Map is what the options of a map set.
type Map struct {
	Task
	Concurrency int  // items at work; 0: the executor's slots
	Window      int  // items pulled and not delivered; 0: adaptive
	Unordered   bool // deliver as completed
	PerItem     any  // func(In) []TaskOption, of a map over items of type In; nil: none
}

// Group is what the options of a group set.
type Group struct {
	Limit         int  // members running at once; 0: no bound
	CollectErrors bool // no cancelling; Wait joins all errors
	IgnoreErrors  bool // no cancelling; Wait knows of no error
	Rate          Rate // so many members start a second at most
}

// A PoolOption configures a pool.
type PoolOption interface{ applyPool(*Pool) }

// A MapOption configures a map.
type MapOption interface{ applyMap(*Map) }

// A TaskOption configures a task, or each item of a map.
type TaskOption interface {
	MapOption
	applyTask(*Task)
}

// A GroupOption configures a group.
type GroupOption interface{ applyGroup(*Group) }

// PoolFunc makes a function a PoolOption.
type PoolFunc func(*Pool)

func (f PoolFunc) applyPool(p *Pool) { f(p) }

// A TaskSetting is a TaskOption that sets one field. It is a value, and no function: so the
// options of a task that is submitted need not be on the heap.
type TaskSetting struct {
	Field TaskField
	N     int64 // of a number or a duration
	Value any   // of the others
}

// A TaskField is a field of Task.
type TaskField uint8

const (
	Weight TaskField = iota
	Priority
	Key
	Timeout
	Name
	Flow
	Delay
	MaxWait
	Retry
)

func (s TaskSetting) applyTask(t *Task) {
	s.apply(&t.Common, func() *Rest { return &t.Rest })
}

// apply sets the field in c, or in what rest returns.
func (s TaskSetting) apply(c *Common, rest func() *Rest) {
	switch s.Field {
	case Weight:
		c.Weight = s.N
	case Priority:
		c.Priority = int(s.N)
	case Key:
		c.Key = s.Value
	case Timeout:
		rest().Timeout = time.Duration(s.N)
	case Name:
		rest().Name = s.Value.(string)
	case Flow:
		rest().Flow = s.Value
	case Delay:
		rest().Delay = time.Duration(s.N)
	case MaxWait:
		rest().MaxWait = time.Duration(s.N)
	case Retry:
		rest().Retry = s.Value.(RetryFunc)
	}
}

func (s TaskSetting) applyMap(m *Map) { s.applyTask(&m.Task) }

// OverflowOption is an Overflow as an option of a pool and of a task.
type OverflowOption struct{ Overflow Overflow }

func (o OverflowOption) applyPool(p *Pool) { p.Overflow = o.Overflow }
func (o OverflowOption) applyTask(t *Task) { t.Overflow = &o.Overflow }
func (o OverflowOption) applyMap(m *Map)   { m.Overflow = &o.Overflow }

// RateOption is a Rate as an option of a pool and of a group.
type RateOption Rate

func (r RateOption) applyPool(p *Pool)   { p.Rate = Rate(r) }
func (r RateOption) applyGroup(g *Group) { g.Rate = Rate(r) }

// MapFunc makes a function a MapOption.
type MapFunc func(*Map)

func (f MapFunc) applyMap(m *Map) { f(m) }

// GroupFunc makes a function a GroupOption.
type GroupFunc func(*Group)

func (f GroupFunc) applyGroup(g *Group) { f(g) }

// The most slots a pool has by default, and how many more than processors, as
// in Python's ThreadPoolExecutor.
const (
	defaultMaxWorkers  = 32
	defaultMoreWorkers = 4
	defaultIdleTimeout = 10 * time.Second
)

// NewPool returns the defaults with opts applied in order. Nil ones are skipped.
func NewPool(opts []PoolOption) Pool {
	p := Pool{
		Workers:     min(defaultMaxWorkers, runtime.GOMAXPROCS(0)+defaultMoreWorkers),
		Queue:       Unbounded,
		IdleTimeout: defaultIdleTimeout,
	}
	for _, o := range opts {
		if o != nil {
			o.applyPool(&p)
		}
	}
	return p
}

// NewTask is NewPool for the options of a task. The Common has what most tasks set. The Rest
// must not be written to, because it is that of Plain if no option is of it.
func NewTask(opts []TaskOption) (Common, *Rest) {
	common, rest := Plain.Common, &Plain.Rest
	own := func() *Rest {
		if rest == &Plain.Rest {
			rest = new(Rest)
		}
		return rest
	}
	for _, o := range opts {
		switch o := o.(type) { // all there are. A call of the interface would put them on the heap
		case TaskSetting:
			o.apply(&common, own)
		case OverflowOption:
			own().Overflow = &o.Overflow
		case nil:
		default:
			panic("millrace: a TaskOption of another package, want one of package millrace")
		}
	}
	return common, rest
}

// With returns t with opts applied in order. Nil ones are skipped.
func (t Task) With(opts []TaskOption) Task {
	for _, o := range opts {
		if o != nil {
			o.applyTask(&t)
		}
	}
	return t
}

// NewMap is NewPool for the options of a map.
func NewMap(opts []MapOption) Map {
	if len(opts) == 0 {
		return Map{Task: Plain}
	}
	m := Map{Task: Plain} // on the heap: an option may be any function
	for _, o := range opts {
		if o != nil {
			o.applyMap(&m)
		}
	}
	return m
}

// NewGroup is NewPool for the options of a group.
func NewGroup(opts []GroupOption) Group {
	if len(opts) == 0 {
		return Group{}
	}
	var g Group
	for _, o := range opts {
		if o != nil {
			o.applyGroup(&g)
		}
	}
	return g
}
