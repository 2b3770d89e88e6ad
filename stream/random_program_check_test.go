package stream_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

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
