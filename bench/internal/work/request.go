package work

import (
	"context"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// asked is how many backends a request asks.
const asked = 3

// A backend answers question i.
type backend func(ctx context.Context, i int) (int, error)

// requests does what the handler of a request does: it asks backends in parallel, under a
// deadline, and joins their answers. The first error ends the others.
func requests() []measure.Workload {
	run := busy(time.Microsecond)
	ask := func(_ context.Context, i int) (int, error) { return run(i) }
	w := measure.Workload{
		Name: "request", Title: "A request: ask 3 backends of 1 µs in parallel under a deadline, and join the answers", Unit: "request",
	}
	for _, r := range requesters {
		w.Entries = append(w.Entries, measure.Entry{Name: r.name, Note: r.note, Open: func() measure.Bench {
			answer, stop := r.open()
			return measure.Bench{Units: 1, Close: stop, Work: func() { request(ask, answer) }}
		}})
	}
	return []measure.Workload{w}
}

// A requester returns what answers a request, and a function that lets go of it.
type requester struct {
	name, note string
	open       func() (answer, func())
}

// An answer asks all backends, and returns the sum of what they say.
type answer func(context.Context, backend) (int, error)

var requesters = []requester{
	{Millrace, "Scope, 8 workers", requestScope},
	{"errgroup", "WithContext; " + noLimit, by(requestErrgroup)},
	{"conc pool", "NewWithResults, WithCancelOnError; " + noLimit, by(requestConc)},
	{"go + channel", "hand-wired; " + noLimit, by(requestChannel)},
}

// by is for an answer that needs nothing.
func by(a answer) func() (answer, func()) {
	return func() (answer, func()) { return a, func() {} }
}

// request is one request.
func request(ask backend, by answer) {
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	got, err := by(ctx, ask)
	must(err)
	want(got, sumTo(asked))
}

func requestScope() (answer, func()) {
	p := pool.New(millrace.WithWorkers(8))
	return func(ctx context.Context, ask backend) (total int, err error) {
		err = pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			var answers [asked]*future.Future[int]
			for i := range answers {
				answers[i] = pool.Submit(ctx, g, func(ctx context.Context) (int, error) { return ask(ctx, i) })
			}
			for _, f := range answers {
				v, err := f.Await(ctx)
				if err != nil {
					return err
				}
				total += v
			}
			return nil
		})
		return total, err
	}, func() { must(p.Close()) }
}

func requestErrgroup(ctx context.Context, ask backend) (int, error) {
	g, ctx := errgroup.WithContext(ctx)
	var answers [asked]int
	for i := range answers {
		g.Go(func() (err error) {
			answers[i], err = ask(ctx, i)
			return err
		})
	}
	err := g.Wait()
	return sum(answers[:]), err
}

func requestConc(ctx context.Context, ask backend) (int, error) {
	p := concpool.NewWithResults[int]().WithContext(ctx).WithCancelOnError()
	for i := range asked {
		p.Go(func(ctx context.Context) (int, error) { return ask(ctx, i) })
	}
	answers, err := p.Wait()
	return sum(answers), err
}

func requestChannel(ctx context.Context, ask backend) (total int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan outcome, asked)
	for i := range asked {
		go func() {
			v, err := ask(ctx, i)
			answers <- outcome{v, err}
		}()
	}
	for range asked {
		a := <-answers
		if a.err != nil && err == nil {
			err = a.err
			cancel()
		}
		total += a.v
	}
	return total, err
}
