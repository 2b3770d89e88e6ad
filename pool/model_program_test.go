package pool_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
)

// modelBytes is what is left of a program. At its end it reads as zeros, which
// stand for the plainest choice everywhere.
type modelBytes []byte

func (in *modelBytes) next() int {
	if len(*in) == 0 {
		return 0
	}
	b := (*in)[0]
	*in = (*in)[1:]
	return int(b)
}

// chance is true once in n times.
func (in *modelBytes) chance(n int) bool { return in.next()%n == 1 }

// millis returns 0 to most-1 milliseconds.
func (in *modelBytes) millis(most int) time.Duration {
	return time.Duration(in.next()%most) * time.Millisecond
}

func oneOf[T any](in *modelBytes, from ...T) T { return from[in.next()%len(from)] }

// modelConfig is the pool that a program is for, and what the program may use.
type modelConfig struct {
	workers   int
	idle      time.Duration
	queue     int // -1: no bound
	overflow  millrace.Overflow
	maxWeight int64  // 0: no bound
	init      string // what WithInit does after it has worked initOK times; "": there is none
	initOK    int

	context    bool // the pool has a context
	keys       bool
	priorities bool
	limits     bool
	timeouts   bool
	maps       bool
	stepped    bool // a rest after each step: the order of events is known

	modelFeatures
}

func (in *modelBytes) config() modelConfig {
	features := in.next()
	c := modelConfig{
		keys:       features&1 != 0,
		priorities: features&2 != 0,
		limits:     features&4 != 0,
		timeouts:   features&8 != 0,
		stepped:    features&16 != 0,
		maps:       features&96 == 96,
		context:    features&160 == 160,
		workers:    oneOf(in, 1, 1, 2, 3),
		idle:       oneOf(in, 10*time.Second, time.Second, 0),
		queue:      oneOf(in, -1, -1, -1, 0, 1, 2, 4),
		maxWeight:  oneOf[int64](in, 0, 0, 0, 1, 2, 4, 8),
	}
	if c.queue >= 0 {
		c.overflow = oneOf(in, millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest)
	}
	c.modelFeatures = in.features()
	if in.chance(6) {
		c.init = oneOf(in, "ok", "slow", "error", "panic", "goexit")
		c.initOK = in.next() % 4
	}
	return c
}

// bounded reports whether the waits of tasks have to end with a timeout: with
// keys a program may well wait for what cannot start before it has ended.
func (c modelConfig) bounded() bool { return c.keys }

// blocks reports whether a Submit from outside may block.
func (c modelConfig) blocks() bool {
	return c.queue >= 0 && (c.overflows || c.overflow == millrace.Block || c.overflow == millrace.CallerRuns)
}

// callers reports whether callers of Submit may run tasks.
func (c modelConfig) callers() bool {
	return c.queue >= 0 && (c.overflows || c.overflow == millrace.CallerRuns)
}

// The ways in which a task may behave. Those of modelNests submit children.
var (
	modelLeaves = []string{
		"return", "return", "gate", "sleep", "nap", "fail", "panic", "goexit", "await context",
		"await gate", "gate", "shutdown", "acquire",
	}
	modelNests = []string{
		"await", "await", "all", "all settled", "any", "race", "wait all", "wait first", "wait failed", "as completed",
		"detach", "scope", "group", "then", "fork", "cancel", "peer",
	}
	modelMaps = []string{"map", "map slice", "for each"}
	// Those of pools with many permits, and of those beside another pool.
	modelPermits = []string{"hold", "other"}
)

// A modelPlan is how a task is submitted and what it does.
type modelPlan struct {
	what     string
	kids     []modelPlan
	d        time.Duration
	n        int  // a choice, for the behaviour to interpret
	own      bool // submitted to the submitter's group, if it has one
	detached bool // submitted with context.WithoutCancel
	key      int  // 0: none
	weight   int64
	priority int
	timeout  time.Duration

	modelAdmission
}

type modelKey int

// plan reads what a task does; depth is how many tasks it is nested in.
func (in *modelBytes) plan(c modelConfig, depth int) modelPlan {
	n := in.next()
	p := modelPlan{what: modelLeaves[n%len(modelLeaves)], d: in.millis(50), n: in.next(), weight: 1}
	p.own, p.detached = p.n&16 != 0, p.n&224 == 32
	if c.keys {
		p.key = in.next() % 4
	}
	if c.maxWeight > 0 {
		p.weight = oneOf(in, 1, 1, 1, 2, c.maxWeight, 0, c.maxWeight+1)
	}
	if c.priorities {
		p.priority = oneOf(in, 0, 1, -1, 2)
	}
	if c.timeouts && in.chance(4) {
		p.timeout = time.Millisecond + in.millis(60)
	}
	p.modelAdmission = in.admission(c)
	switch {
	case c.holds && in.chance(3):
		p.what = "acquire"
	case c.others > 0 && in.chance(4):
		p.what = "other"
	}
	if depth < 3 && n >= 140 {
		nests := modelNests
		if c.maps && n >= 230 {
			nests = modelMaps
		}
		p.what = nests[n%len(nests)]
		if c.holds && in.chance(3) {
			p.what = "hold"
		}
		for range 1 + in.next()%3 {
			p.kids = append(p.kids, in.plan(c, depth+1))
		}
	}
	return p
}

func (p modelPlan) options() []millrace.TaskOption {
	opts := []millrace.TaskOption{nil}
	if p.key != 0 {
		opts = append(opts, millrace.WithKey(modelKey(p.key)))
	}
	if p.weight != 1 {
		opts = append(opts, millrace.WithWeight(p.weight))
	}
	if p.priority != 0 {
		opts = append(opts, millrace.WithPriority(p.priority))
	}
	if p.timeout != 0 {
		opts = append(opts, millrace.WithTimeout(p.timeout))
	}
	return append(opts, p.modelAdmission.options()...)
}

// String is for the reader of a failure.
func (p modelPlan) String() string {
	var b strings.Builder
	b.WriteString(p.what)
	if p.d != 0 {
		fmt.Fprintf(&b, " %v", p.d)
	}
	fmt.Fprintf(&b, " #%d", p.n)
	if p.key != 0 {
		fmt.Fprintf(&b, " key %d", p.key)
	}
	if p.weight != 1 {
		fmt.Fprintf(&b, " weight %d", p.weight)
	}
	if p.priority != 0 {
		fmt.Fprintf(&b, " priority %d", p.priority)
	}
	if p.timeout != 0 {
		fmt.Fprintf(&b, " timeout %v", p.timeout)
	}
	b.WriteString(p.modelAdmission.String())
	for i, kid := range p.kids {
		b.WriteString([]string{"{", "; "}[min(i, 1)])
		b.WriteString(kid.String())
	}
	if len(p.kids) > 0 {
		b.WriteString("}")
	}
	return b.String()
}
