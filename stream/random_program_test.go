package stream_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var (
	wilds    = flag.Int("wild", 200, "how many programs TestWildPrograms makes")
	wildSeed = flag.Uint64("wild.seed", 1, "the seed of the first one; those after it have the numbers behind it")
)

// TestWildPrograms runs the programs of FuzzStream with stages on several pools and groups, with
// random options, with functions that panic, wait, and run other streams, while something ends,
// pauses or changes all that. A program that nothing cut short yields what slices do; one that
// was cut yields the beginning of that. Whatever happens, no bound is exceeded, errors are those
// that were promised, and nothing of a run is left behind its sink.
//
// Time is virtual and coarse, so that much happens at the same instant.
func TestWildPrograms(t *testing.T) {
	for seed := *wildSeed; seed < *wildSeed+uint64(*wilds); seed++ {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) { newWild(t, seed).run() })
		})
		if !ok {
			t.Fatalf("-wild=1 -wild.seed=%d makes this program again", seed)
		}
	}
}

var (
	errLever = errors.New("lever")                         // the cause of all that levers end
	errDies  = errors.New("dies")                          // what inline functions panic with
	errRetry = errors.New("another attempt would succeed") // of first attempts; of an item if there is no second
)

// A wild is what makes a program wild.
type wild struct {
	*program
	rnd            *rand.Rand // while the program is made
	sub            uint64     // seeds what items do
	sites          []*site
	areas          []*area // the pools, and groups over them
	wilds          []*wildStage
	each           []func(n int64) // called with the number of each call of a function of a stage
	calls, inlined atomic.Int64

	ctx      context.Context
	cancel   context.CancelCauseFunc
	endAt    atomic.Int64 // when ctx ended; 0: it has not
	open     bool         // what it yields depends on the order of events
	refuses  bool         // an executor may take no more
	fragile  bool         // if one does, what comes out is not the beginning of what is due
	timeouts bool
	waits    bool // with a WithMaxWait
	dies     bool // an inline function panics, or calls Goexit
	quiet    bool // nothing but the run has goroutines
	inTask   bool
	breakAt  int
}

func newWild(t *testing.T, seed uint64) *wild {
	w := &wild{rnd: rand.New(rand.NewPCG(seed, 2))}
	w.sub, w.quiet = w.rnd.Uint64(), w.one(2)
	in := make([]byte, 10+w.rnd.IntN(30))
	for i := range in {
		in[i] = byte(w.rnd.Uint32())
	}
	w.program = &program{r: &rig{T: t}, in: in, wild: w}
	w.ctx, w.cancel = context.WithCancelCause(bg)
	for range 1 + w.rnd.IntN(2) {
		w.newSite()
	}
	w.dies = w.one(6)
	w.open = w.dies
	w.build()
	w.levers()
	w.inTask, w.breakAt = w.one(4), -1
	if w.one(3) {
		w.breakAt = w.rnd.IntN(len(w.want) + 1)
	}
	return w
}

// one is true once in n times.
func (w *wild) one(n int) bool { return w.rnd.IntN(n) == 0 }

// inline is called by inline functions and sources.
func (w *wild) inline() {
	if n := w.inlined.Add(1); w.dies && n == 1+int64(w.sub%20) {
		w.die()
	}
}

func (w *wild) die() { _, _ = die(0, died{[]any{errDies, goexit{}}[w.sub%2]}) }

// run runs the program and looks at what comes of it.
func (w *wild) run() {
	defer func() {
		if w.r.Failed() {
			w.r.Log(w.program)
		}
	}()
	sink := wildSinks[w.rnd.IntN(len(wildSinks))]
	w.log("%s, break at %d, in a task %v, quiet %v", sink.name, w.breakAt, w.inTask, w.quiet)
	res := new(result)
	w.background()
	drain := func(ctx context.Context) error {
		res.ran, res.n = true, -1
		defer func() { res.cause = context.Cause(ctx) }()
		sink.run(w, ctx, res)
		return nil
	}
	run := func() { _ = drain(w.ctx) }
	if w.inTask {
		run = func() {
			_, err := pool.Go(w.ctx, w.sites[0].p, drain).Await(bg)
			res.fromTask(err)
		}
	}
	var ending any
	if w.quiet {
		ending = w.r.ending(run)
	} else {
		ending = endingOf(run)
	}
	w.check(sink.name, res, ending)
	time.Sleep(time.Minute) // what disturbs the run is over
	w.rest()
}

// die panics or calls Goexit if that is what err says, and otherwise returns its arguments.
func die(v int, err error) (int, error) {
	if d, ok := err.(died); ok {
		if d.value == (goexit{}) {
			runtime.Goexit()
		}
		panic(d.value)
	}
	return v, err
}
