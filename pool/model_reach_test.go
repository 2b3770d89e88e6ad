package pool_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// What random programs reach: a check of the model says nothing of what no program does.

// modelReach counts the programs in which a thing has happened, by its name.
type modelReach struct {
	mu       sync.Mutex
	programs map[string]int
}

func (r *modelReach) add(m *model) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.programs == nil {
		r.programs = make(map[string]int)
	}
	m.reach.Range(func(name, _ any) bool {
		r.programs[name.(string)]++
		return true
	})
}

// reached notes that a thing has happened.
func (m *model) reached(format string, args ...any) {
	m.reach.Store(fmt.Sprintf(format, args...), nil)
}

// reachedTask notes the options of a task that starts, and each two of them. m.mu is held.
func (m *model) reachedTask(t *modelTask) {
	traits := m.traits(t)
	for i, a := range traits {
		m.reached("start: %s", a)
		for _, b := range traits[:i] {
			m.reached("start: %s, %s", b, a)
		}
	}
}

// traits returns the names of what may matter to the start of a task.
func (m *model) traits(t *modelTask) (names []string) {
	for i, has := range []bool{
		t.parent != nil, t.input != nil, t.permit, t.item, t.plan.detached, m.cfg.queue >= 0, m.rate.on(),
		t.plan.key != 0, t.plan.weight != 1, t.plan.priority != 0, t.plan.timeout != 0,
		t.plan.overflow != nil, t.plan.delay != 0, t.plan.maxWait != 0, t.plan.flow != 0, t.starts > 1,
		t.group != nil, t.group.has(func(g *modelGroup) bool { return g.limit > 0 }),
		t.group.has(func(g *modelGroup) bool { return g.rate.on() }), t.group.has(func(g *modelGroup) bool { return g.outer != nil }),
	} {
		if has {
			names = append(names, modelTraits[i])
		}
	}
	return names
}

var modelTraits = strings.Split("child then permit item detached queue rate key weight priority timeout overflow delay maxwait flow retry group limit grouprate nested", " ")

// impossible are the pairs that no task has.
var impossible = []string{
	"then, permit", "then, item", "permit, item", "item, detached", "permit, timeout", "permit, retry", "item, overflow",
}

func (g *modelGroup) has(what func(*modelGroup) bool) bool {
	for ; g != nil; g = g.outer {
		if what(g) {
			return true
		}
	}
	return false
}

// modelReasons are why a task never ran.
var modelReasons = map[string]error{
	"cancel": future.ErrCancelled, "queue full": pool.ErrQueueFull, "too heavy": pool.ErrTooHeavy, "closed": pool.ErrClosed,
	"stopped": pool.ErrStopped, "broken": pool.ErrBroken, "deadlock": future.ErrDeadlock, "max wait": pool.ErrMaxWait,
}

// reachedEnd notes how a task, or a permit, ended.
func (m *model) reachedEnd(t *modelTask, state future.State, err error) {
	kind := "task"
	switch {
	case t.permit:
		kind = "permit"
	case t.input != nil:
		kind = "then"
	}
	m.reached("%s: %v", kind, state)
	if state != future.Cancelled {
		return
	}
	for name, reason := range modelReasons {
		if err == reason || reason != future.ErrCancelled && errors.Is(err, reason) {
			m.reached("%s: %s", kind, name)
		}
	}
}

// wantReached fails t if a thing that programs are for has happened in less than one of 600, or, of
// many programs, two options of one task, or a reason not to run one, in none.
func (r *modelReach) wantReached(t *testing.T, programs int) {
	for name, n := range r.programs {
		t.Logf("%5d programs: %s", n, name)
	}
	rare := 0
	if programs >= manyPrograms {
		rare = 1
	}
	for _, what := range r.lacks(programs/600, rare) {
		t.Errorf("of %d programs %s", programs, what)
	}
}

// lacks returns the things that programs are for, and that have happened in less than some of
// them; in less than rare, of two options of one task, and of the reasons not to run one.
func (r *modelReach) lacks(some, rare int) (lacks []string) {
	want := func(least int, format string, args ...any) {
		if name := fmt.Sprintf(format, args...); r.programs[name] < least {
			lacks = append(lacks, fmt.Sprintf("%d reach %q, want %d", r.programs[name], name, least))
		}
	}
	for _, what := range slices.Concat(modelLeaves, modelNests, modelMaps, modelPermits) {
		want(some, "task: %s", what)
	}
	for _, trait := range modelTraits {
		want(some, "start: %s", trait)
	}
	for _, what := range modelLeverNames {
		want(some, "%s", what)
	}
	for _, o := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
		want(some, "full queue: %v", o)
	}
	r.lacksRare(rare, want)
	return lacks
}

// manyPrograms is how many reach all that is rare.
const manyPrograms = 10000

var modelLeverNames = []string{
	"end of a context", "resize", "resize beside a permit", "stop", "seal", "close", "shutdown", "pause", "resume", "drop", "set limit", "cancel a group",
}

func (r *modelReach) lacksRare(least int, want func(least int, format string, args ...any)) {
	want(least, "rest in a pause")
	for i, a := range modelTraits {
		for _, b := range modelTraits[:i] {
			if !slices.Contains(impossible, b+", "+a) {
				want(least, "start: %s, %s", b, a)
			}
		}
	}
	for reason := range modelReasons {
		for _, kind := range []string{"task", "then", "permit"} {
			if kind+reason != "permitcancel" { // a permit has no Cancel
				want(least, "%s: %s", kind, reason)
			}
		}
	}
}
