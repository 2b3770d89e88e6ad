package work

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// A submitter is a way to hand tasks to w workers and to get the results.
type submitter struct {
	name, note string
	kind       measure.Kind
	open       func(w int, run task) session
}

// A session is a submitter at work: it has all, or batch.
type session struct {
	// all runs the tasks lo … hi-1 and returns the sum of their results. It may be
	// called from several goroutines.
	all func(lo, hi int) int
	// batch has p producers hand in n tasks, and returns the sum of their results: it
	// is for pools whose only wait is for all that they were given.
	batch func(p, n int) int
	close func()
}

// run has p producers hand in n tasks together, and take the results.
func (s session) run(p, n int) int {
	if s.batch != nil {
		return s.batch(p, n)
	}
	if p == 1 {
		return s.all(0, n) // without what several producers need: a round trip is short
	}
	sums := make([]int, p)
	fromProducers(p, n, func(i, lo, hi int) { sums[i] = s.all(lo, hi) })
	return sum(sums)
}

// fromProducers splits 0 … n-1 evenly over p goroutines, and waits for them.
func fromProducers(p, n int, hand func(i, lo, hi int)) {
	if p == 1 {
		hand(0, 0, n)
		return
	}
	var wg sync.WaitGroup
	for i := range p {
		wg.Go(func() { hand(i, i*n/p, (i+1)*n/p) })
	}
	wg.Wait()
}

// handIn has p producers give n tasks to start, and returns where their results will
// be.
func handIn(p, n int, run task, start func(func() error)) []int {
	results := make([]int, n)
	fromProducers(p, n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			start(func() error {
				v, err := run(i)
				results[i] = v
				return err
			})
		}
	})
	return results
}

const (
	noResults    = "no results: written into a slice"
	noLimit      = "no limit"
	canEnd       = "under a context that can end"
	aChannelEach = "a channel a task"
)

var submitters = []submitter{
	{Millrace, "", measure.Results, submitMillrace(forever)},
	{Cancelable, canEnd, measure.Results, submitMillrace(context.WithCancel)},
	{"go + channel", noLimit, "", submitGoChannel},
	{"go + channel, cancelable", noLimit + "; " + canEnd + ", watched by select", "", submitGoSelect},
	{"go + WaitGroup", noLimit + "; " + noResults, "", submitWaitGroup},
	{"errgroup", noResults, measure.Bare, submitErrgroup},
	{"semaphore + go", noResults, measure.Bare, submitSemaphore},
	{"conc pool", noResults, measure.Bare, submitConc},
	{"conc ResultPool", "", measure.Results, submitConcResults},
	{"pond Go", noResults, measure.Bare, submitPondGo},
	{"pond Go + channel", aChannelEach, measure.Results, submitPondChannel},
	{"pond Submit", noResults, measure.Bare, submitPond},
	{"pond ResultPool", "", measure.Results, submitPondResults},
	{"ants", noResults, measure.Bare, submitAnts},
	{"workerpool", noResults, measure.Bare, submitWorkerpool},
	{"gopool", noResults, measure.Bare, submitGopool},
	{"gopool + channel", aChannelEach, measure.Results, submitGopoolChannel},
}

// submits submits 1,000 tasks and takes 1,000 results; and the same with one task.
func submits() []measure.Workload {
	const n = 1_000
	var all []measure.Workload
	for _, t := range []struct {
		name, title string
		run         task
	}{
		{"noop", "empty", noop},
		{"1us", "of 1 µs", busy(time.Microsecond)},
	} {
		for _, w := range []int{1, 8, 64} {
			all = append(all, submitWorkload(
				fmt.Sprintf("submit/%s/%d", t.name, w),
				fmt.Sprintf("Submit and await 1,000 tasks, %s, %s", t.title, plural(w, "worker")),
				"task", 1, n, w, t.run))
		}
	}
	return append(all, submitWorkload("roundtrip", "Submit one empty task and await it, 8 workers", "round trip", 1, 1, 8, noop))
}

// producers has several goroutines submit to one pool and await their own tasks.
func producers() []measure.Workload {
	const n = 6_400
	var all []measure.Workload
	for _, p := range []int{1, 4, 16, 64} {
		all = append(all, submitWorkload(
			fmt.Sprintf("producers/%d", p),
			fmt.Sprintf("6,400 empty tasks from %s, 8 workers", plural(p, "producer")),
			"task", p, n, 8, noop))
	}
	return all
}

// submitWorkload has p producers submit n tasks together.
func submitWorkload(name, title, unit string, p, n, w int, run task) measure.Workload {
	load := measure.Workload{Name: name, Title: title, Unit: unit}
	for _, s := range submitters {
		load.Entries = append(load.Entries, measure.Entry{Name: s.name, Note: s.note, Kind: s.kind, Open: func() measure.Bench {
			session := s.open(w, run)
			return measure.Bench{
				Units: n,
				Work:  func() { want(session.run(p, n), sumTo(n)) },
				Close: session.close,
			}
		}})
	}
	return load
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
