package work

import (
	"context"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// options compares tasks with options to plain ones. There are few enough keys that
// some tasks wait for others of their key, and enough that no worker is idle.
func options() []measure.Workload {
	const n, w = 1_000, 8
	load := measure.Workload{
		Name: "options", Title: "Submit and await 1,000 empty tasks with an option, 8 workers", Unit: "task",
		Entries: []measure.Entry{
			submittedBy(Millrace, "no option", n, w, func(p *pool.Pool, i int) *future.Future[int] {
				return pool.Submit(background, p, numbered(i))
			}),
			submittedBy(Millrace+", WithKey", "100 keys in turns", n, w, func(p *pool.Pool, i int) *future.Future[int] {
				return pool.Submit(background, p, numbered(i), millrace.WithKey(i%100))
			}),
			submittedBy(Millrace+", WithPriority", "8 priorities in turns", n, w, func(p *pool.Pool, i int) *future.Future[int] {
				return pool.Submit(background, p, numbered(i), millrace.WithPriority(i%8))
			}),
			submittedBy(Millrace+", WithTimeout", "", n, w, func(p *pool.Pool, i int) *future.Future[int] {
				return pool.Submit(background, p, numbered(i), millrace.WithTimeout(time.Minute))
			}),
			inGroup(n, w),
			ofSession("go + channel", "no option; "+noLimit, n, submitGoChannel(w, noop)),
			ofSession("go + channel, WithTimeout", "context.WithTimeout; "+noLimit, n, submitGoChannel(w, timed)),
			ofSession("errgroup", "a group; "+noResults, n, submitErrgroup(w, noop)),
		},
	}
	return []measure.Workload{load}
}

// numbered returns the empty task with number i.
func numbered(i int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return noop(i) }
}

func ofSession(name, note string, n int, s session) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		return measure.Bench{Units: n, Work: func() { want(s.run(1, n), sumTo(n)) }}
	}}
}

// timed is an empty task under a context with a timeout of its own.
func timed(i int) (int, error) {
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	return i, ctx.Err()
}

func submittedBy(name, note string, n, w int, submit func(p *pool.Pool, i int) *future.Future[int]) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		p := pool.New(millrace.WithWorkers(w))
		return measure.Bench{Units: n, Close: func() { must(p.Close()) }, Work: func() {
			futures := make([]*future.Future[int], 0, n)
			for i := range n {
				futures = append(futures, submit(p, i))
			}
			want(awaited(background, futures), sumTo(n))
		}}
	}}
}

// inGroup submits the tasks to a group, which is made for them.
func inGroup(n, w int) measure.Entry {
	return measure.Entry{Name: Millrace + ", group", Note: "a group for all", Open: func() measure.Bench {
		p := pool.New(millrace.WithWorkers(w))
		return measure.Bench{Units: n, Close: func() { must(p.Close()) }, Work: func() {
			g := pool.NewGroup(background, p)
			futures := make([]*future.Future[int], 0, n)
			for i := range n {
				futures = append(futures, pool.Submit(background, g, numbered(i)))
			}
			want(awaited(background, futures), sumTo(n))
			must(g.Wait())
		}}
	}}
}
