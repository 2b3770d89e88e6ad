package observe

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
)

// A Page shows the operators of a program what its pools do. It is an observer of the
// pools and an http.Handler. Make one with [NewPage]. It shows
//
//   - what needs attention, one line for each: full queues, tasks that have waited for
//     long, submitters that wait for a place, many failures, panics;
//   - each pool that was added: its slots, queue, weight, the age of the oldest pending
//     task, its counts, and charts of the last five minutes;
//   - each map and pipeline that runs: rate, runners and window of each stage, and which
//     stage is the bottleneck, or whether the source or the sink is, and why;
//   - each queue of a cluster that was added: what is queued and held, its workers, and
//     the calls in flight;
//   - the running tasks, the oldest first, and their stacks with ?stacks=1;
//   - the last 50 different failures, with their errors and how often they occurred.
//
// With ?format=json it answers the same as JSON.
//
// The page is read-only, escapes everything that it shows, and loads nothing from
// elsewhere. Every list is capped, and says what it leaves out. Yet the page shows names,
// errors and stacks: serve it on a port for administrators, not to the public.
//
// A running task has the pprof labels of [Labels], and millrace.id, by which the page
// finds its stack. Of tasks and runs that have ended, a Page keeps only the counts and
// the failures. All of its methods may be called at any time. The zero value serves
// nothing: it panics.
type Page struct {
	tasks   live[pageTask]
	idle    idleLabels
	history history
	failed  failures
	runs    runs
	sources shown[Source]
	queues  shown[queueWatch]
	shared  shared
	began   time.Time
	mark    string // what the ids of its tasks begin with in labels: no other page has it

	mostGoroutines int
}

// A pageTask is what is known of a task that has run.
type pageTask struct {
	failed int64 // 1: it did, and not because a caller has cancelled it
}

// NewPage returns a page without pools. Give it to pools with millrace.WithObserver,
// and the pools to it with [Page.Add].
func NewPage() *Page {
	p := &Page{began: time.Now(), mostGoroutines: mostGoroutines}
	p.shared.page, p.shared.turn = p, make(chan struct{}, 1)
	p.mark = fmt.Sprintf("%p.", p)
	return p
}

// check panics for the zero Page, which would keep those who look at it waiting for ever.
func (p *Page) check() {
	if p.shared.turn == nil {
		panic("observe: zero Page: make one with observe.NewPage")
	}
}

// Submitted implements millrace.Observer.
func (p *Page) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }

// Started implements millrace.Observer.
func (p *Page) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	if last, ok := t.Note.(*entry[pageTask]); ok { // t.Run is still that of the last attempt
		p.history.add(last.id, last.pool, last.started.Add(t.Run), sample{ended: -1, failed: -last.more.failed, wait: -last.wait})
	}
	e := p.tasks.newEntry(t, pageTask{})
	// In the order of the keys, or they would be sorted each time, which takes twice as long as
	// all the rest of it.
	ctx = pprof.WithLabels(ctx, pprof.Labels(idLabel, p.label(e.id), poolLabel, e.pool, taskLabel, e.name))
	pprof.SetGoroutineLabels(ctx)
	p.tasks.add(e)
	t.Note = e
	return ctx
}

// label returns the label of a task, by which its stack is found.
func (p *Page) label(id uint64) string {
	var b [64]byte
	return string(strconv.AppendUint(append(b[:0], p.mark...), id, 10))
}

// Ended implements millrace.Observer.
func (p *Page) Ended(_ context.Context, t *millrace.TaskInfo) {
	p.idle.set(t.Pool)
	e, ok := t.Note.(*entry[pageTask])
	if !ok {
		return
	}
	p.tasks.remove(e)
	at := e.started.Add(t.Run)
	if t.Err != nil && ErrorType(t) != "canceled" {
		e.more.failed = 1
	}
	p.history.add(e.id, e.pool, at, sample{ended: 1, failed: e.more.failed, wait: t.Wait})
	if t.Err != nil {
		p.failed.add(t, at)
	}
}

// NeverRan implements millrace.Observer. A task that a caller has cancelled is no failure.
func (p *Page) NeverRan(_ context.Context, t *millrace.TaskInfo) {
	at := t.Submitted.Add(t.Wait)
	if ErrorType(t) != "canceled" {
		p.failed.add(t, at)
	}
	if turnedAway(t.Err) {
		p.history.add(uint64(at.UnixNano()), t.Pool, at, sample{turnedAway: 1})
	}
}

// Run implements millrace.RunObserver.
func (p *Page) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	return p.runs.begin(ctx, r)
}

// Add shows a pool: a *pool.Pool. The page tells pools apart by their names, and keeps
// the pool until remove is called. So a program that makes pools as it goes should call
// remove. Add panics if source is nil.
func (p *Page) Add(source Source) (remove func()) {
	p.check()
	if source == nil {
		panic("observe: Page.Add: nil source")
	}
	source.Stats() // a nil or zero pool panics here, and not when it is looked at
	return p.sources.add(&source)
}

// shown is what is shown, in the order in which it was added.
type shown[T any] struct {
	mu  sync.Mutex
	all []*T
}

func (s *shown[T]) add(x *T) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, x)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = slices.DeleteFunc(slices.Clone(s.all), func(other *T) bool { return other == x })
	}
}

func (s *shown[T]) list() []*T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clip(s.all) // what is there is never written again
}

func count(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}
