package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
)

// hedged is how many functions race in first.
const hedged = 4

// first races functions, of which one succeeds after 1 µs while the others wait for
// their contexts; it returns when all have ended.
func first() []measure.Workload {
	run := busy(time.Microsecond)
	var fns []func(context.Context) (int, error)
	for i := range hedged {
		fns = append(fns, func(ctx context.Context) (int, error) {
			if i == hedged-1 {
				return run(i)
			}
			<-ctx.Done()
			return 0, ctx.Err()
		})
	}
	w := measure.Workload{
		Name: "first", Title: "First success of 4 functions, of which 3 wait until they are cancelled, and join all", Unit: "race",
	}
	w.Entries = []measure.Entry{
		{Name: Millrace, Note: "First", Open: func() measure.Bench {
			p := pool.New(millrace.WithWorkers(hedged))
			return measure.Bench{Units: 1, Close: func() { must(p.Close()) }, Work: func() {
				v, err := pool.First(background, p, fns...)
				must(err)
				want(v, hedged-1)
			}}
		}},
		{Name: "go + channel", Note: "hand-wired", Open: func() measure.Bench {
			return measure.Bench{Units: 1, Work: func() { want(firstOverChannel(fns), hedged-1) }}
		}},
	}
	return []measure.Workload{w}
}

// firstOverChannel is First by hand.
func firstOverChannel(fns []func(context.Context) (int, error)) int {
	ctx, cancel := context.WithCancel(background)
	results := make(chan outcome, len(fns))
	var wg sync.WaitGroup
	for _, fn := range fns {
		wg.Go(func() {
			v, err := fn(ctx)
			results <- outcome{v, err}
		})
	}
	var errs []error
	for range fns {
		if o := <-results; o.err != nil {
			errs = append(errs, o.err)
		} else {
			cancel()
			wg.Wait()
			return o.v
		}
	}
	cancel()
	panic(errors.Join(errs...))
}
