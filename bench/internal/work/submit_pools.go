package work

import (
	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
)

// conc's pools end with Wait, so there is one for each batch.

func submitConc(w int, run task) session {
	return session{batch: func(producers, n int) int {
		p := concpool.New().WithMaxGoroutines(w).WithErrors()
		results := handIn(producers, n, run, p.Go)
		must(p.Wait())
		return sum(results)
	}}
}

func submitConcResults(w int, run task) session {
	return session{batch: func(producers, n int) int {
		p := concpool.NewWithResults[int]().WithMaxGoroutines(w).WithErrors()
		fromProducers(producers, n, func(_, lo, hi int) {
			for i := lo; i < hi; i++ {
				p.Go(func() (int, error) { return run(i) })
			}
		})
		results, err := p.Wait()
		must(err)
		return sum(results)
	}}
}

func submitPondGo(w int, run task) session {
	p := pond.NewPool(w)
	return session{
		all: func(lo, hi int) int {
			c := newCollector(hi - lo)
			for i := lo; i < hi; i++ {
				must(p.Go(func() { c.do(run, i-lo, i) }))
			}
			return c.sum()
		},
		close: p.StopAndWait,
	}
}

func submitPondChannel(w int, run task) session {
	p := pond.NewPool(w)
	return session{
		all:   func(lo, hi int) int { return overOwnChannels(lo, hi, run, func(f func()) { must(p.Go(f)) }) },
		close: p.StopAndWait,
	}
}

func submitPond(w int, run task) session {
	p := pond.NewPool(w)
	return session{
		all: func(lo, hi int) int {
			results := make([]int, hi-lo)
			tasks := make([]pond.Task, 0, hi-lo)
			for i := lo; i < hi; i++ {
				tasks = append(tasks, p.SubmitErr(func() error {
					v, err := run(i)
					results[i-lo] = v
					return err
				}))
			}
			for _, t := range tasks {
				must(t.Wait())
			}
			return sum(results)
		},
		close: p.StopAndWait,
	}
}

func submitPondResults(w int, run task) session {
	p := pond.NewResultPool[int](w)
	return session{
		all: func(lo, hi int) int {
			tasks := make([]pond.ResultTask[int], 0, hi-lo)
			for i := lo; i < hi; i++ {
				tasks = append(tasks, p.SubmitErr(func() (int, error) { return run(i) }))
			}
			total := 0
			for _, t := range tasks {
				v, err := t.Wait()
				must(err)
				total += v
			}
			return total
		},
		close: p.StopAndWait,
	}
}

func submitAnts(w int, run task) session {
	p, err := ants.NewPool(w)
	must(err)
	return session{
		all: func(lo, hi int) int {
			c := newCollector(hi - lo)
			for i := lo; i < hi; i++ {
				must(p.Submit(func() { c.do(run, i-lo, i) }))
			}
			return c.sum()
		},
		close: p.Release,
	}
}

func submitWorkerpool(w int, run task) session {
	p := workerpool.New(w)
	return session{
		all: func(lo, hi int) int {
			c := newCollector(hi - lo)
			for i := lo; i < hi; i++ {
				p.Submit(func() { c.do(run, i-lo, i) })
			}
			return c.sum()
		},
		close: p.StopWait,
	}
}

// gopool's pools need no closing: their workers end when the queue is empty.
func submitGopool(w int, run task) session {
	p := gopool.NewPool("bench", int32(w), gopool.NewConfig())
	return session{all: func(lo, hi int) int {
		c := newCollector(hi - lo)
		for i := lo; i < hi; i++ {
			p.Go(func() { c.do(run, i-lo, i) })
		}
		return c.sum()
	}}
}

func submitGopoolChannel(w int, run task) session {
	p := gopool.NewPool("bench", int32(w), gopool.NewConfig())
	return session{all: func(lo, hi int) int { return overOwnChannels(lo, hi, run, p.Go) }}
}
