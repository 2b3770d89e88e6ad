package pool_test

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
)

// modelFunc is a function of OnDone. What follows stop is guarded by model.mu.
type modelFunc struct {
	task *modelTask
	n    int    // among those of the program
	what string // what it does
	stop func() bool

	early   bool // it was registered before the future settled
	calls   int
	done    bool
	stopped bool // taken back
}

func (fn *modelFunc) String() string { return fmt.Sprintf("f%d on %v: %s", fn.n, fn.task, fn.what) }

func (m *model) opOnDone() {
	t := m.pick(m.in.next())
	n := m.in.next()
	if t == nil {
		return
	}
	what := []string{"return", "panic", "sleep", "register", "goexit"}[n%5]
	if what == "goexit" && !m.settledByPool(t) {
		what = "panic"
	}
	m.aside(func() { m.onDone(t, what) })
}

// settledByPool reports whether t settles in the pool's goroutines, or in calls
// that are made aside: a Goexit of its functions hits nobody else.
func (m *model) settledByPool(t *modelTask) bool {
	return t.parent == nil && t.group == nil && t.from == modelBackground && t.input == nil && !m.cfg.context && m.cfg.overflow != millrace.DropOldest && !m.cfg.overflows
}

// onDone registers a function on t.
func (m *model) onDone(t *modelTask, what string) {
	m.mu.Lock()
	fn := &modelFunc{task: t, n: len(m.funcs), what: what}
	m.funcs = append(m.funcs, fn)
	m.mu.Unlock()
	m.logf("  %v", fn)
	stop := t.f.OnDone(func(f *future.Future[int]) { m.runFunc(fn, f) })
	early := !t.f.State().Settled()
	m.mu.Lock()
	defer m.mu.Unlock()
	fn.stop, fn.early = stop, early
}

func (m *model) runFunc(fn *modelFunc, f *future.Future[int]) {
	m.mu.Lock()
	fn.calls++
	fn.task.finished = append(fn.task.finished, fn.n)
	same := f == fn.task.f
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		fn.done = true
		m.mu.Unlock()
	}()
	if !same || !f.State().Settled() {
		m.failf("%v was called with %v", fn, f)
	}
	switch fn.what {
	case "panic":
		panic("model: a function of OnDone panics")
	case "goexit":
		runtime.Goexit()
	case "sleep":
		time.Sleep(time.Millisecond)
	case "register":
		m.onDone(fn.task, "return")
	}
}

func (m *model) opStopFunc() {
	n := m.in.next()
	m.mu.Lock()
	fns := m.registered()
	m.mu.Unlock()
	if len(fns) == 0 {
		return
	}
	fn := fns[n%len(fns)]
	got := fn.stop()
	m.logf("  %v: %v", fn, got)
	m.mu.Lock()
	defer m.mu.Unlock()
	fn.stopped = fn.stopped || got
	if got && fn.calls > 0 {
		m.failf("stop() = true of %v, which was called", fn)
	}
}

// registered returns the functions whose OnDone has returned.
func (m *model) registered() []*modelFunc {
	return slices.DeleteFunc(slices.Clone(m.funcs), func(fn *modelFunc) bool { return fn.stop == nil })
}

// checkFuncs checks, at rest, that the functions of settled futures were called.
func (m *model) checkFuncs() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, fn := range m.registered() {
		want := 0
		if fn.task.seen != nil && !fn.stopped {
			want = 1
		}
		if fn.calls != want && (fn.calls != 0 || !m.sleeping()) {
			m.failf("%v was called %d times, want %d", fn, fn.calls, want)
		}
	}
	for _, t := range m.tasks {
		early := slices.DeleteFunc(slices.Clone(t.finished), func(n int) bool { return !m.funcs[n].early })
		if !slices.IsSorted(early) {
			m.failf("functions of %v ran in the order %v", t, t.finished)
		}
	}
}

// sleeping reports whether a function of OnDone is at work: others may have to
// wait for it.
func (m *model) sleeping() bool {
	return slices.ContainsFunc(m.funcs, func(fn *modelFunc) bool { return fn.calls > 0 && !fn.done })
}
