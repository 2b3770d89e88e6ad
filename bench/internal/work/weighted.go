package work

import (
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"golang.org/x/sync/semaphore"
)

const (
	weightedTasks = 1_000
	weightedMax   = 16
)

// weightOf spreads weights from 1 to 8 over the tasks.
func weightOf(i int) int64 { return int64(1 + i%8) }

// load checks the bound that weighted admission is for.
type load struct{ sum atomic.Int64 }

func (l *load) guard(run task) task {
	return func(i int) (int, error) {
		if now := l.sum.Add(weightOf(i)); now > weightedMax {
			panic("bench: more weight than allowed")
		}
		defer l.sum.Add(-weightOf(i))
		return run(i)
	}
}

// weighted runs tasks of 1 µs that weigh 1 to 8, at most 16 at once.
func weighted() []measure.Workload {
	run := busy(time.Microsecond)
	w := measure.Workload{Name: "weighted", Title: "1,000 tasks of 1 µs that weigh 1 to 8, at most 16 at once", Unit: "task"}
	for _, s := range weighers {
		w.Entries = append(w.Entries, measure.Entry{Name: s.name, Note: s.note, Kind: s.kind, Open: func() measure.Bench {
			session := s.open(weightedMax, new(load).guard(run))
			return measure.Bench{
				Units: weightedTasks,
				Work:  func() { want(session.all(0, weightedTasks), sumTo(weightedTasks)) },
				Close: session.close,
			}
		}})
	}
	return []measure.Workload{w}
}

var weighers = []submitter{
	{Millrace, "", measure.Results, weightedMillrace},
	{"semaphore + go", noResults, measure.Bare, weightedSemaphore},
}

func weightedSemaphore(w int, run task) session {
	room := semaphore.NewWeighted(int64(w))
	return session{all: func(lo, hi int) int {
		c := newCollector(hi - lo)
		for i := lo; i < hi; i++ {
			must(room.Acquire(background, weightOf(i)))
			go func() {
				defer room.Release(weightOf(i))
				c.do(run, i-lo, i)
			}()
		}
		return c.sum()
	}}
}
