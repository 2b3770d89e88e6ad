package stream_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
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

// A result is what a sink returned.
type result struct {
	ran   bool // a task of the run may not have
	items []item[int]
	n     int   // of Count; -1: no number is known
	err   error // of a sink that stops at the first one
	stops bool  // it is such a sink
	cause error // of the sink's context, when it had returned
	broke int64 // when the loop body has ended the run; 0: it has not
	died  any   // how a sink in a task ended
}

// fromTask notes the end of the task of the sink.
func (res *result) fromTask(err error) {
	var panicked *future.PanicError
	switch {
	case err == nil:
	case errors.As(err, &panicked):
		res.died = panicked
	case errors.Is(err, future.ErrGoexit):
		res.died = goexit{}
	}
}

// check looks at what a sink has returned.
func (w *wild) check(sink string, res *result, ending any) {
	now := time.Now().UnixNano()
	if res.died != nil {
		ending = res.died
	}
	if ending != nil {
		w.checkEnding(sink, ending)
	}
	if n := w.r.active.Load(); n != 0 {
		w.r.Errorf("%d functions of the program run when %s has ended", n, sink)
	}
	w.r.over.Store(true)
	if end := w.endAt.Load(); end != 0 && now > end && res.ran {
		w.r.Errorf("%s returns %v after the end of its context", sink, time.Duration(now-end))
	}
	if res.broke != 0 && now > res.broke && !w.inTask {
		w.r.Errorf("%s returns %v after a break", sink, time.Duration(now-res.broke))
	}
	if !res.ran {
		return
	}
	if res.err != nil {
		res.items = append(res.items, item[int]{err: res.err})
	}
	cut := ending != nil || res.broke != 0
	var got []item[int]
	refused := false
	for i, it := range res.items {
		switch err := it.err; {
		case err == nil:
		case errors.Is(err, future.ErrNotDone):
			if i != len(res.items)-1 || res.cause == nil || !errors.Is(err, res.cause) {
				w.r.Errorf("%s yields %v as number %d of %d, and the context's cause is %v", sink, err, i, len(res.items), res.cause)
			}
			cut = true
			continue
		case w.refuses && refusal(err):
			refused = true
			continue
		case !w.known(err):
			w.r.Errorf("%s yields %v", sink, err)
		}
		got = append(got, it)
	}
	switch {
	case w.open || w.waits || w.refuses && w.fragile: // Take may have hidden that one did
	case refused || w.refuses && cut:
		w.some(sink, got)
	case cut || res.stops && res.err != nil:
		w.prefix(sink, got)
	case res.n >= 0:
		if res.n != len(w.want) {
			w.r.Errorf("%s() = %d, want %d", sink, res.n, len(w.want))
		}
	default:
		if got, want := w.normal(got), w.normal(w.want); !slices.Equal(got, want) {
			w.r.Errorf("%s yields\n%v, want\n%v", sink, got, want)
		}
	}
}

// some fails unless got is some of what the program yields, in order.
func (w *wild) some(sink string, got []item[int]) {
	if w.unordered {
		w.prefix(sink, got)
		return
	}
	if !isSome(w.normal(got), w.normal(w.want)) {
		w.r.Errorf("%s yields\n%v, want some of\n%v", sink, w.normal(got), w.want)
	}
}

func (w *wild) checkEnding(sink string, ending any) {
	for p, ok := ending.(*future.PanicError); ok; p, ok = ending.(*future.PanicError) {
		ending = p.Value
	}
	if !w.dies || ending != errDies && ending != (goexit{}) {
		w.r.Errorf("%s ends with %+v", sink, ending)
	}
}

// known reports whether an error is one that an item of the program may have.
func (w *wild) known(err error) bool {
	switch plain(err).(type) {
	case fault, died:
		return true
	case timedOut:
		return w.timeouts
	}
	return w.waits && errors.Is(err, pool.ErrMaxWait)
}

// refusal reports whether an error says that an executor took no more, or ended what ran.
func refusal(err error) bool {
	for _, target := range []error{future.ErrCancelled, pool.ErrStopped, errLever, errRetry} {
		if errors.Is(err, target) {
			return true
		}
	}
	return strings.Contains(err.Error(), "have ended") || strings.Contains(err.Error(), "has ended")
}

// plain returns an error that can be compared.
func plain(err error) error {
	var panicked *future.PanicError
	var timeout *future.TimeoutError
	switch {
	case errors.As(err, &panicked):
		return died{panicked.Value}
	case errors.Is(err, future.ErrGoexit):
		return died{goexit{}}
	case errors.As(err, &timeout):
		return timedOut{}
	}
	return err
}

// died is the error of an item whose function did not return, and timedOut that of one that took
// too long.
type (
	died     struct{ value any }
	timedOut struct{}
)

func (d died) Error() string   { return fmt.Sprintf("died of %v", d.value) }
func (timedOut) Error() string { return "timed out" }

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

// rest looks at what is left when all is over.
func (w *wild) rest() {
	w.cancel(nil)
	for _, a := range w.areas {
		if a.end != nil {
			a.end(nil)
			_ = a.ex.(*pool.Group).Wait()
		}
	}
	for _, s := range w.sites {
		st := w.stats(s)
		if st.Running+st.Waiting+st.Queued+st.Deferred+st.Blocked != 0 || st.Weight != 0 || st.OldestQueued != 0 {
			w.r.Errorf("Stats() of a pool at rest = %+v", st)
		}
		s.p.Close()
		if n := s.p.Stats().Goroutines; n != 0 {
			w.r.Errorf("%d goroutines after Close", n)
		}
		atMost(w.r, "functions at work in a pool", &s.slots, s.workers)
		if s.maxWeight > 0 {
			atMost(w.r, "weight at work", &s.weight, s.maxWeight)
		}
	}
	for _, a := range w.areas {
		if a.limit > 0 {
			atMost(w.r, "members at work", &a.inside, a.limit)
		}
	}
	for _, s := range w.wilds {
		s.check()
	}
}

func atMost(t testing.TB, what string, g *gauge, most int64) {
	t.Helper()
	if n := g.most.Load(); n > most {
		t.Errorf("%s: up to %d at once, want at most %d", what, n, most)
	}
}

func (w *wild) stats(s *site) pool.Stats {
	st := s.p.Stats()
	if sum := uint64(st.Queued+st.Deferred+st.Running+st.Waiting) + st.Succeeded + st.Failed + st.Cancelled; st.Submitted != sum || min(st.Queued, st.Deferred, st.Running, st.Waiting) < 0 {
		w.r.Errorf("Stats() = %+v, submitted %d, accounted for %d", st, st.Submitted, sum)
	}
	return st
}

// wildSinks are the sinks of wild programs.
var wildSinks = []struct {
	name string
	run  func(w *wild, ctx context.Context, res *result)
}{
	{"All", (*wild).all},
	{"All", (*wild).all},
	{"ToChan", (*wild).chanSink},
	{"Collect", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		var vs []int
		vs, res.err = w.s.Collect(ctx)
		res.items = good(vs...)
	}},
	{"ForEach", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		res.err = w.s.ForEach(ctx, func(v int) error { res.items = append(res.items, item[int]{v: v}); return w.body(ctx, res) })
		if res.err == errDies {
			res.err, res.broke = nil, time.Now().UnixNano()
		}
	}},
	{"First", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		v, ok, err := w.s.First(ctx)
		if ok {
			res.items, res.broke = good(v), time.Now().UnixNano()
		}
		if err != nil {
			res.err = err
		}
	}},
	{"Count", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		res.n, res.err = w.s.Count(ctx)
		if res.err != nil {
			w.open = true
		}
	}},
}

// all ranges over the program.
func (w *wild) all(ctx context.Context, res *result) {
	for v, err := range w.s.All(ctx) {
		res.items = append(res.items, item[int]{v, err})
		if w.body(ctx, res) != nil {
			res.broke = time.Now().UnixNano()
			break
		}
	}
}

// body is that of a loop: an error ends it.
func (w *wild) body(ctx context.Context, res *result) error {
	n := len(res.items)
	if w.sub%3 == 0 {
		_ = sleep(ctx, time.Duration(n%3)*w.nap)
	}
	if n-1 != w.breakAt {
		return nil
	}
	if w.dies {
		w.die()
	}
	return errDies
}

// chanSink receives the program from a channel. It ends the context to break.
func (w *wild) chanSink(ctx context.Context, res *result) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for it := range w.s.ToChan(ctx) {
		if res.broke != 0 {
			continue
		}
		res.items = append(res.items, item[int]{it.Value, it.Err})
		if len(res.items)-1 == w.breakAt {
			res.broke = time.Now().UnixNano()
			cancel(errLever)
		}
	}
}
