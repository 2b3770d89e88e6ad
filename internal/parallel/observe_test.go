package parallel_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

type runKey struct{}

// A witness is an observer that keeps what it is told.
type witness struct {
	mu                        sync.Mutex
	runs                      []options.RunInfo
	over                      int
	submitted, started, ended int
	failed, panicked          int
	funcs                     map[string]int
	dies                      string // in which method it calls Goexit
}

func (w *witness) Run(ctx context.Context, r options.RunInfo) (context.Context, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = append(w.runs, r)
	return context.WithValue(ctx, runKey{}, len(w.runs)), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.over++
	}
}

func (w *witness) count(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

func (w *witness) Submitted(ctx context.Context, t *options.TaskInfo) context.Context {
	w.count(&w.submitted)
	w.die("Submitted")
	return ctx
}

func (w *witness) Started(ctx context.Context, t *options.TaskInfo) context.Context {
	w.count(&w.started)
	w.die("Started")
	return ctx
}

func (w *witness) die(at string) {
	if w.dies == at {
		runtime.Goexit()
	}
}

func (w *witness) Ended(ctx context.Context, t *options.TaskInfo) {
	w.die("Ended")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.funcs == nil {
		w.funcs = map[string]int{}
	}
	w.ended++
	w.funcs[runtime.FuncForPC(t.Func).Name()]++
	if t.Err != nil {
		w.failed++
	}
	if t.Panicked {
		w.panicked++
	}
}

func (w *witness) NeverRan(context.Context, *options.TaskInfo) {}

// watched runs a test in a bubble with a pool that w observes.
func watched(t *testing.T, w *witness, workers int, fn func(t *testing.T, p *sched.Pool)) {
	t.Helper()
	watchedBy(t, options.JoinObservers(nil, w), workers, fn)
}

func watchedBy(t *testing.T, o *options.Observers, workers int, fn func(t *testing.T, p *sched.Pool)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		cfg := options.NewPool(nil)
		cfg.Workers, cfg.Name, cfg.Observer = workers, "watched", o
		p := sched.New(cfg)
		fn(t, p)
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
}

// A run is observed as a whole, however it ends, and its items have the context of it.
func TestRunIsObserved(t *testing.T) {
	for name, run := range all {
		for _, own := range []bool{false, true} {
			var w witness
			watched(t, &w, 2, func(t *testing.T, p *sched.Pool) {
				inside := true
				err := run(bg, p, 5, func(ctx context.Context, v int) (int, error) {
					if ctx.Value(runKey{}) != 1 {
						inside = false
					}
					w.mu.Lock()
					defer w.mu.Unlock()
					if w.over != 0 {
						t.Errorf("%s: the run is said to have ended while it runs", name)
					}
					return v, nil
				}, tuning{own: own}.config())
				if err != nil || !inside {
					t.Errorf("%s: %v; the items have the run's context: %v", name, err, inside)
				}
			})
			if len(w.runs) != 1 || w.over != 1 || w.started != 0 || w.runs[0].Pool != "watched" {
				t.Errorf("%s: %d runs begin, %d end, %d items are observed, want 1, 1, 0: %+v", name, len(w.runs), w.over, w.started, w.runs)
			}
		}
	}
	for _, l := range loops {
		var w witness
		watched(t, &w, 2, func(t *testing.T, p *sched.Pool) {
			defer func() {
				if recover() == nil || len(w.runs) != 1 || w.over != 1 {
					t.Errorf("%s: after a panic of the body %d runs have begun and %d ended", l.name, len(w.runs), w.over)
				}
			}()
			for range l.run(bg, p, upTo(100), double, newConfig()) {
				panic("body")
			}
		})
	}
}

// How far a run is can be asked for at any time.
func TestProbe(t *testing.T) {
	for _, l := range loops {
		for _, own := range []bool{false, true} {
			var w witness
			watched(t, &w, 3, func(t *testing.T, p *sched.Pool) {
				cfg := tuning{window: 6, concurrency: 2, own: own}.config()
				n := 0
				for range l.run(bg, p, upTo(20), func(_ context.Context, v int) (int, error) {
					if v == 8 || v == 9 {
						time.Sleep(time.Hour)
					}
					return v, nil
				}, cfg) {
					if n++; n != 8 {
						continue
					}
					synctest.Wait() // 8 and 9 are at work, 7 is in the body
					got := w.runs[0].Probe()
					want := options.Progress{Pulled: 13, Delivered: 7, Window: 6, Running: 2, Limit: 2}
					waiting, awaited := w.runs[0].Demand()
					if waiting > 3 || own && waiting != 3 || awaited { // those that no runner has claimed: it may be a block
						t.Errorf("%s, own %v: Demand() = %d, %v, want 3, or less, and false", l.name, own, waiting, awaited)
					}
					if own {
						got.Limit, want.Limit = 0, 0 // bounded by a group
					}
					if got != want {
						t.Errorf("%s, own %v: Probe() = %+v, want %+v", l.name, own, got, want)
					}
				}
			})
			if got := w.runs[0].Probe(); got.Pulled != 20 || got.Delivered != 20 || got.Running != 0 || !got.InputEnded {
				t.Errorf("%s, own %v: after the end Probe() = %+v", l.name, own, got)
			}
			if waiting, awaited := w.runs[0].Demand(); waiting != 0 || awaited {
				t.Errorf("%s, own %v: after the end Demand() = %d, %v, want 0, false", l.name, own, waiting, awaited)
			}
		}
	}
}

// A run of First has all of its functions at once, however many the pool runs, also when one of them
// has won.
func TestProbeOfFirst(t *testing.T) {
	var w witness
	watched(t, &w, 2, func(t *testing.T, p *sched.Pool) {
		v, err := parallel.First(bg, p, []int{0, 1, 2, 3, 4}, func(ctx context.Context, v int) (int, error) {
			if v != 1 {
				<-ctx.Done()
				return v, ctx.Err()
			}
			time.Sleep(time.Second)
			want := options.Progress{Pulled: 5, Window: 5, Running: 2, Limit: 5, InputEnded: true}
			if got := w.runs[0].Probe(); got != want {
				t.Errorf("Probe() = %+v, want %+v", got, want)
			}
			if waiting, awaited := w.runs[0].Demand(); waiting != 3 || !awaited {
				t.Errorf("Demand() = %d, %v, want 3, true", waiting, awaited)
			}
			return v, nil
		}, newConfig())
		if v != 1 || err != nil {
			t.Errorf("First() = %v, %v, want 1 and no error", v, err)
		}
	})
	if got := w.runs[0].Probe(); got.Pulled != 5 || got.Running != 0 || !got.InputEnded {
		t.Errorf("after the end Probe() = %+v, want 5 pulled, none at work, and no more", got)
	}
}

// The items of a run with a name are observed one by one, with their errors.
func TestItemsAreObserved(t *testing.T) {
	errItem := errors.New("item")
	for _, l := range loops {
		for _, own := range []bool{false, true} {
			var w witness
			watched(t, &w, 2, func(t *testing.T, p *sched.Pool) {
				cfg := tuning{own: own}.config()
				cfg.Task.Name = "items"
				collect(l.run(bg, p, upTo(12), func(ctx context.Context, v int) (int, error) {
					switch v % 4 {
					case 1:
						return v, errItem
					case 2:
						panic(v)
					case 3:
						runtime.Goexit()
					}
					return v, nil
				}, cfg))
			})
			failed := 9
			if l.name == "Flat" {
				failed = 6 // the errors that a sequence yields are its items
			}
			if w.submitted != 12 || w.started != 12 || w.ended != 12 || w.failed != failed || w.panicked != 3 {
				t.Errorf("%s, own %v: %d submitted, %d started, %d ended, %d failed, %d panicked, want 12, 12, 12, %d, 3",
					l.name, own, w.submitted, w.started, w.ended, w.failed, w.panicked, failed)
			}
			if w.runs[0].Name != "items" {
				t.Errorf("%s: the run's name is %q", l.name, w.runs[0].Name)
			}
		}
	}
}

// An observer that calls Goexit takes nothing along: each item runs, and has its outcome, and
// so have those that wait for it. Other observers are told of all.
func TestObserverGoexit(t *testing.T) {
	ofOneKey := loop{"Keyed, one key", func(ctx context.Context, ex sched.Executor, in iter.Seq2[int, error], fn mapFunc, cfg parallel.Config) iter.Seq2[int, error] {
		return parallel.Keyed(ctx, ex, in, func(int) int { return 0 }, fn, cfg)
	}}
	for _, l := range append(slices.Clone(loops), ofOneKey) {
		for _, dies := range []string{"Submitted", "Started", "Ended"} {
			for _, own := range []bool{false, true} {
				var other witness
				both := options.JoinObservers(options.JoinObservers(nil, &witness{dies: dies}), &other)
				watchedBy(t, both, 2, func(t *testing.T, p *sched.Pool) {
					cfg := tuning{own: own}.config()
					cfg.Task.Name = "items"
					vs, errs := collect(l.run(bg, p, upTo(20), double, cfg))
					if len(vs) != 20 || len(errs) != 0 {
						t.Errorf("%s, own %v, in %s: %d results and errors %v, want 20 and none", l.name, own, dies, len(vs), errs)
					}
				})
				if other.submitted != 20 || other.started != 20 || other.ended != 20 || other.failed != 0 {
					t.Errorf("%s, own %v, in %s: the other observer was told of %d, %d, %d items and %d failures, want 20 of each and none",
						l.name, own, dies, other.submitted, other.started, other.ended, other.failed)
				}
			}
		}
	}
}
