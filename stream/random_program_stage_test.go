package stream_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A wildStage is a parallel stage of a wild program.
type wildStage struct {
	w       *wild
	id      int
	at      *area
	nest    *area // where functions run streams; nil: they do not
	tune    tuning
	text    string // the options
	weight  int64
	delays  bool
	retry   bool
	timeout bool // shorter than the longest work
	kills   bool // some functions panic, or call Goexit
	turns   []*turns

	due            []int // the items, in the order in which those of a key are to start; nil: in any order
	fragile        bool  // other items come if an executor takes no more
	atWork         gauge
	pulled, passed atomic.Int64

	mu     sync.Mutex
	starts []int
}

// A turns is keys of items: one of each runs at a time, in order.
type turns struct {
	keys    int
	ordered bool
	atWork  [3]gauge
}

// place makes a setting wild. ordered says that its items have an order.
func (w *wild) place(at *setting, ordered bool) {
	i := w.rnd.IntN(len(w.areas))
	s := &wildStage{w: w, id: len(w.wilds), at: w.areas[i], tune: at.tuning, weight: 1, kills: w.one(3), fragile: w.fragile}
	w.wilds = append(w.wilds, s)
	at.wild, at.ex = s, s.at.ex
	if ordered && !w.open {
		s.due, _ = values(w.want)
	}
	if w.one(5) {
		s.nest = w.areas[i+w.rnd.IntN(len(w.areas)-i)] // so that no two pools wait for each other
		if s.nest.site == s.at.site {
			s.nest = s.at
		}
	}
	var each, items []millrace.TaskOption
	for _, kind := range w.rnd.Perm(8)[:max(0, w.rnd.IntN(7)-2)] {
		name, o := s.option(kind)
		if w.one(2) {
			s.text += " item's"
			items = append(items, o)
		} else {
			each = append(each, o)
		}
		s.text += " " + name
	}
	for _, o := range each {
		at.opts = append(at.opts, o)
	}
	keys := w.one(5)
	if keys {
		s.turns = []*turns{{keys: 2}} // in place of a key of all items
		s.text += " keys"
	}
	for _, t := range s.turns {
		t.ordered = !s.delays
	}
	if len(items) > 0 || keys {
		at.opts = append(at.opts, millrace.PerItem(func(v int) []millrace.TaskOption {
			opts := append(slices.Clone(items), millrace.WithPriority(v%3))
			if keys {
				opts = append(opts, millrace.WithKey(wildKey{s.id, v % 2}))
			}
			return opts
		}))
	}
	w.open = w.open || s.nest != nil && s.timeout // then it takes a time that depends on others
}

// option draws an option of a kind.
func (s *wildStage) option(kind int) (name string, o millrace.TaskOption) {
	w := s.w
	switch kind {
	case 0:
		s.weight = w.rnd.Int64N(3)
		return "weight", millrace.WithWeight(s.weight)
	case 1:
		return "priority", millrace.WithPriority(w.rnd.IntN(3) - 1)
	case 2:
		return "flow", millrace.WithFlow(s.id)
	case 3:
		s.delays = true
		return "delay", millrace.WithDelay(time.Duration(w.rnd.IntN(5)) * ms)
	case 4:
		s.retry = true
		delay := time.Duration(w.rnd.IntN(3)) * ms
		return "retry", millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return delay, n < 2 })
	case 5:
		s.timeout, w.timeouts = true, true
		return "timeout", millrace.WithTimeout(wildTimeout)
	case 6:
		if w.one(2) {
			w.waits, w.refuses = true, true // a group may fail because of a member that never ran
			return "max wait", millrace.WithMaxWait(time.Duration(1+w.rnd.IntN(20)) * ms)
		}
	case 7:
		s.turns = append(s.turns, &turns{keys: 1})
		return "key", millrace.WithKey(wildKey{s.id, 0})
	}
	return "name", millrace.WithTaskName("item")
}

// wildKey is a key of a stage. Stages must not share keys: an item of one would wait for a
// sequence of the other, which waits for the loop.
type wildKey struct{ stage, n int }

// wildTimeout is not a time that an item works, so that it is plain what comes first.
const wildTimeout = 2*ms + ms/2

func (s *wildStage) dice(v, n int) int {
	return rand.New(rand.NewPCG(s.w.sub+uint64(s.id), uint64(v))).IntN(n)
}

// keyed says that the stage itself takes items by keys. Those of options wait only for the items
// that have had their turn before.
func (at *setting) keyed(keys int) {
	if s := at.wild; s != nil {
		for _, t := range s.turns {
			t.ordered = false
		}
		s.turns = append(s.turns, &turns{keys: keys, ordered: true})
	}
}

// begin is called first by the function, for an item. It reports false if the task's context has
// ended in a wait: then its slot may not be back.
func (s *wildStage) begin(ctx context.Context, v int) bool {
	if pool.Attempt(ctx) == 1 {
		s.mu.Lock()
		s.starts = append(s.starts, v)
		s.mu.Unlock()
	}
	return s.nest == nil || v%5 != 0 || s.nested(ctx)
}

// outcome is what work makes of fn.
func (s *wildStage) outcome(fn func(int) (int, error)) func(int) (int, error) {
	return func(v int) (int, error) {
		switch {
		case s.timeout && s.takes(v) > wildTimeout:
			return 0, timedOut{}
		case s.kills && s.dice(v, 12) == 0:
			return 0, died{fault(v)}
		case s.kills && s.dice(v, 12) == 1:
			return 0, died{goexit{}}
		}
		return fn(v)
	}
}

// takes returns how long an item is at work.
func (s *wildStage) takes(v int) time.Duration { return time.Duration(v*7%4) * s.w.nap }

// busy is at work for an item, as long as w takes, in a slot: nothing is waited for that would
// lend it. If the task's context has ended while a sequence was held up, what it lent meanwhile may
// not be back.
func (s *wildStage) busy(ctx context.Context, v, w int) error {
	enter := func(g *gauge, n int64) func() { g.add(n); return func() { g.add(-n) } }
	defer enter(&s.atWork, 1)()
	if ctx.Err() == nil {
		defer enter(&s.at.site.slots, 1)()
		defer enter(&s.at.site.weight, s.weight)()
		for a := s.at; a != nil; a = a.outer {
			defer enter(&a.inside, 1)()
		}
	}
	for _, t := range s.turns {
		defer enter(&t.atWork[v%t.keys], 1)()
	}
	s.w.called()
	return sleep(ctx, s.takes(w))
}

// called counts the calls of functions of stages; some of them pull a lever.
func (w *wild) called() {
	n := w.calls.Add(1)
	for _, fn := range w.each {
		fn(n)
	}
}

// work makes of fn the function of the stage.
func (s *wildStage) work(fn func(v int) (int, error)) func(context.Context, int) (int, error) {
	return func(ctx context.Context, v int) (int, error) {
		defer s.w.r.call()()
		if !s.begin(ctx, v) {
			return 0, context.Cause(ctx)
		}
		if err := s.busy(ctx, v, v); err != nil {
			return 0, err
		}
		if s.retry && v%3 == 0 && pool.Attempt(ctx) == 1 {
			return 0, errRetry
		}
		return die(fn(v))
	}
}

// nested runs a stream in a task. It reports false if the task's context has ended.
func (s *wildStage) nested(ctx context.Context) bool {
	add := func(_ context.Context, v int) (int, error) { return v + 1, sleep(ctx, time.Duration(v%2)*ms) }
	src := stream.FromSlice(upTo(6))
	if s.id%2 == 0 {
		src = src.Buffer(2)
	}
	got, err := stream.Map(src, s.nest.ex, add, millrace.WithWindow(3)).Take(4).Collect(ctx)
	if ctx.Err() != nil {
		return false
	}
	if err == nil && !slices.Equal(got, []int{1, 2, 3, 4}) || err != nil && !(s.w.refuses && refusal(err)) {
		s.w.r.Errorf("a stream in a task = %v, %v", got, err)
	}
	return ctx.Err() == nil
}

func (s *wildStage) check() {
	if n := s.tune.concurrency; n > 0 {
		atMost(s.w.r, fmt.Sprintf("items at work in stage %d", s.id), &s.atWork, int64(n))
	}
	for _, t := range s.turns {
		for k := range t.keys {
			atMost(s.w.r, fmt.Sprintf("items of key %d in stage %d", k, s.id), &t.atWork[k], 1)
			other := func(v int) bool { return v%t.keys != k }
			got, due := slices.DeleteFunc(slices.Clone(s.starts), other), slices.DeleteFunc(slices.Clone(s.due), other)
			if s.due != nil && t.ordered && !(s.fragile && s.w.refuses) && !isSome(got, due) {
				s.w.r.Errorf("stage %d starts items of key %d in the order %v, want %v", s.id, k, got, due)
			}
		}
	}
}

// isSome reports whether some is values of all, in order.
func isSome[T comparable](some, all []T) bool {
	for _, v := range some {
		i := slices.Index(all, v)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

func (at *setting) String() string {
	s := at.wild
	if s == nil {
		return ""
	}
	return fmt.Sprintf(" [%d: %v%s, nested %v, limit %d]", s.id, s.tune, s.text, s.nest != nil, s.at.limit)
}

// around puts a stage on the program, between two that count what it has pulled and passed on.
func (at *setting) around(stage func(ints) ints) {
	p, s := at.p, at.wild
	if s == nil || s.tune.window == 0 || s.id%2 == 0 {
		p.s = stage(p.s)
		return
	}
	p.s = counted(stage(counted(p.s, func() {
		// One may be on its way to the stage below.
		if n := s.pulled.Add(1) - s.passed.Load(); n > int64(s.tune.window)+1 {
			p.r.Errorf("stage %d: %d items are pulled and not passed on, the window is %d", s.id, n, s.tune.window)
		}
	})), func() { s.passed.Add(1) })
}

// counted calls fn for each item and error of s.
func counted(s ints, fn func()) ints {
	return s.Tap(func(int) { fn() }).Catch(func(err error) (int, bool, error) { fn(); return 0, false, err })
}
