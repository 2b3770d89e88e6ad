package stream_test

import (
	"context"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A watcher is an observer that keeps what it is told of runs and items.
type watcher struct {
	mu    sync.Mutex
	runs  map[string]millrace.RunInfo
	below map[string]string // the stage that a run found in its context
	open  map[string]bool   // the runs that have begun and not ended
	funcs map[string]int    // the functions of items
}

type stageKey struct{}

func newWatcher() *watcher {
	return &watcher{runs: map[string]millrace.RunInfo{}, below: map[string]string{}, open: map[string]bool{}, funcs: map[string]int{}}
}

func (w *watcher) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs[r.Name], w.open[r.Name] = r, true
	w.below[r.Name], _ = ctx.Value(stageKey{}).(string)
	return context.WithValue(ctx, stageKey{}, r.Name), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, r.Name)
	}
}

func (w *watcher) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (w *watcher) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context   { return ctx }
func (w *watcher) NeverRan(context.Context, *millrace.TaskInfo)                        {}

func (w *watcher) Ended(_ context.Context, t *millrace.TaskInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := runtime.FuncForPC(t.Func).Name()
	w.funcs[name[strings.LastIndex(name, ".")+1:]]++
}

// watched runs fn in a rig whose pool has an observer.
func watched(t *testing.T, fn func(r *rig, w *watcher)) {
	inRig(t, 2, func(r *rig) {
		w, plain := newWatcher(), r.pool
		r.pool = pool.New(millrace.WithWorkers(2), millrace.WithIdleTimeout(0), millrace.WithName("watched"), millrace.WithObserver(w))
		fn(r, w)
		if err := r.pool.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		r.pool = plain
	})
}

// WithTaskName names a stage. An observer is told of each run of it, and a stage
// finds the one below it in its context, also over boundaries.
func TestStagesAreObserved(t *testing.T) {
	watched(t, func(r *rig, w *watcher) {
		same := func(_ context.Context, v int) (int, error) { return v, nil }
		first := stream.Map(stream.FromSeq(r.first(5000)), r.pool, same, millrace.WithTaskName("first"))
		second := stream.MapKeyed(first.Buffer(2), r.pool, isEven, same, millrace.WithTaskName("second"))
		third := stream.Map(second.Filter(isEven), r.pool, same, millrace.WithTaskName("third"), millrace.WithWindow(3))
		r.run(func() {
			for v := range third.All(bg) {
				if v == 4 {
					if names := slices.Sorted(maps.Keys(w.open)); !slices.Equal(names, []string{"first", "second", "third"}) {
						t.Errorf("the runs %v are open in the loop, want all three", names)
					}
					if p := w.runs["third"].Probe(); p.Window != 3 || p.Pulled < p.Delivered || p.Limit != 2 {
						t.Errorf("Probe() = %+v, want a window of 3 and a limit of 2", p)
					}
				}
			}
		})
		if len(w.open) > 0 {
			t.Errorf("the runs of %v have not ended", w.open)
		}
		if want := map[string]string{"first": "second", "second": "third", "third": ""}; !maps.Equal(w.below, want) {
			t.Errorf("stages find below them %v, want %v", w.below, want)
		}
		if got := w.runs["first"].Pool; got != "watched" {
			t.Errorf("RunInfo.Pool = %q, want the pool's name", got)
		}
	})
}

// A run of a stage ends for its observer when all of it has ended, however it
// does.
func TestObservedStagesEnd(t *testing.T) {
	for end, sink := range map[string]func(s ints){
		"break":  func(s ints) { must(s.Take(1).Count(bg)) },
		"error":  func(s ints) { _ = s.ForEach(bg, func(int) error { return fault(1) }) },
		"panic":  func(s ints) { _ = s.ForEach(bg, func(v int) error { panic(fault(v)) }) },
		"Goexit": func(s ints) { _ = s.ForEach(bg, func(v int) error { goexitAtThree(3); return nil }) },
	} {
		watched(t, func(r *rig, w *watcher) {
			r.ending(func() { sink(stream.Map(stream.FromSeq(numbers), r.pool, r.same, millrace.WithTaskName("only"))) })
			if len(w.runs) != 1 || len(w.open) != 0 {
				t.Errorf("%s: an observer is told of %d runs and that all but %v have ended, want one that has", end, len(w.runs), w.open)
			}
		})
	}
}

// So does a ReduceByKey, whole and with an error.
func TestObservedReduceByKeyEnds(t *testing.T) {
	for _, err := range []error{nil, fault(1)} {
		watched(t, func(r *rig, w *watcher) {
			r.run(func() {
				_, got := stream.ReduceByKey(bg, stream.FromSlice(upTo(5)), r.pool, func(v int) int { return v % 2 }, func(int) int { return 0 },
					func(_ context.Context, sum, v int) (int, error) { return sum + v, err }, millrace.WithTaskName("only"))
				if got != err {
					t.Errorf("ReduceByKey() = %v, want %v", got, err)
				}
			})
			if len(w.runs) != 1 || len(w.open) != 0 {
				t.Errorf("an observer is told of %d runs and that all but %v have ended, want one that has", len(w.runs), w.open)
			}
		})
	}
}

func mapFunction(_ context.Context, v int) (int, error)          { return v, nil }
func filterFunction(_ context.Context, v int) (int, bool, error) { return v, true, nil }
func reduceFunction(_ context.Context, sum, v int) (int, error)  { return sum + v, nil }
func flatFunction(_ context.Context, v int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) { yield(v, nil) }
}

// The items of a stage with a name are observed one by one, by the function that
// the caller wrote.
func TestItemsAreObservedByTheirFunction(t *testing.T) {
	name := millrace.WithTaskName("stage")
	for want, run := range map[string]func(s ints, p *pool.Pool) error{
		"mapFunction":    func(s ints, p *pool.Pool) error { return stream.Map(s, p, mapFunction, name).Drain(bg) },
		"filterFunction": func(s ints, p *pool.Pool) error { return stream.FilterMap(s, p, filterFunction, name).Drain(bg) },
		"flatFunction":   func(s ints, p *pool.Pool) error { return stream.FlatMap(s, p, flatFunction, name).Drain(bg) },
		"reduceFunction": func(s ints, p *pool.Pool) error {
			_, err := stream.ReduceByKey(bg, s, p, isEven, func(bool) int { return 0 }, reduceFunction, name)
			return err
		},
	} {
		watched(t, func(r *rig, w *watcher) {
			for _, s := range []ints{stream.FromSlice(upTo(6)), stream.FromSeq(r.first(6))} {
				clear(w.funcs)
				r.run(func() {
					if err := run(s, r.pool); err != nil {
						t.Error(err)
					}
				})
				if got := map[string]int{want: 6}; !maps.Equal(w.funcs, got) {
					t.Errorf("items are observed by %v, want %v", w.funcs, got)
				}
			}
		})
	}
}
