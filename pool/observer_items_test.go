package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A diary is an observer that writes down what it is told of tasks with a name. Submitted
// returns a context with the diary as a value of itself.
type diary struct {
	mu    sync.Mutex
	told  []string
	funcs []string
	lent  []time.Duration
}

func (d *diary) write(what string, t *millrace.TaskInfo) {
	if t.Name == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, fmt.Sprintf("%s %d after %v", what, t.Attempt, t.Wait))
	if what == "Ended" {
		d.funcs = append(d.funcs, runtime.FuncForPC(t.Func).Name())
		d.lent = append(d.lent, t.Lent)
	}
}

func (d *diary) Submitted(ctx context.Context, t *millrace.TaskInfo) context.Context {
	d.write("Submitted", t)
	return context.WithValue(ctx, d, t.Name)
}

func (d *diary) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	d.write("Started", t)
	return nil
}
func (d *diary) Ended(_ context.Context, t *millrace.TaskInfo)    { d.write("Ended", t) }
func (d *diary) NeverRan(_ context.Context, t *millrace.TaskInfo) { d.write("NeverRan", t) }

// An item that is tried again is submitted once, like a task, and each attempt has what the
// observer has added to its context then.
func TestObserverOfRetriedItem(t *testing.T) {
	again := millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return time.Second, attempt < 3 })
	name := millrace.WithTaskName("it")
	for what, run := range map[string]func(p *pool.Pool, fn func(context.Context) error) error{
		"task": func(p *pool.Pool, fn func(context.Context) error) error {
			_, err := pool.Go(bg, p, fn, name, again).Await(bg)
			return err
		},
		"item": func(p *pool.Pool, fn func(context.Context) error) error {
			return pool.ForN(bg, p, 1, func(ctx context.Context, _ int) error { return fn(ctx) }, name, again)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			d := new(diary)
			p := pool.New(one, millrace.WithObserver(d))
			found := 0
			err := run(p, func(ctx context.Context) error {
				if ctx.Value(d) == "it" {
					found++
				}
				return errBoom
			})
			if err == nil || found != 3 {
				t.Errorf("%s: %v; %d attempts have the observer's context, want an error and 3", what, err, found)
			}
			want := []string{
				"Submitted 1 after 0s", "Started 1 after 0s", "Ended 1 after 0s",
				"Started 2 after 1s", "Ended 2 after 1s", "Started 3 after 2s", "Ended 3 after 2s",
			}
			if !slices.Equal(d.told, want) {
				t.Errorf("%s: the observer is told %q, want %q", what, d.told, want)
			}
			p.Close()
		})
	}
}

// An item that is a task of its own and never runs is told of like such a task.
func TestObserverOfItemThatNeverRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		d := new(diary)
		p, release := busyPool(millrace.WithObserver(d))
		err := pool.ForN(bg, p, 1, func(context.Context, int) error { return nil }, millrace.WithTaskName("late"), millrace.WithMaxWait(time.Second))
		if want := []string{"Submitted 1 after 0s", "NeverRan 1 after 1s"}; err == nil || !slices.Equal(d.told, want) {
			t.Errorf("ForN() = %v, want an error; the observer is told %q, want %q", err, d.told, want)
		}
		release()
		p.Close()
	})
}

// The time for which an item has lent the slot is that item's, whether a runner has run others
// before it or the item is a task of its own.
func TestObserverOfItemThatLends(t *testing.T) {
	for what, opts := range map[string][]millrace.MapOption{
		"runner": nil,
		"task":   {millrace.PerItem(func(time.Duration) []millrace.TaskOption { return nil })},
	} {
		bubble.Run(t, func(t *testing.T) {
			d := new(diary)
			p := pool.New(one, millrace.WithObserver(d))
			times := []time.Duration{time.Second, 0, 3 * time.Second}
			_, err := pool.MapSlice(bg, p, times, func(ctx context.Context, d time.Duration) (int, error) {
				if d == 0 {
					return 0, nil
				}
				return pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(d); return 0, nil }).Await(ctx)
			}, append(opts, millrace.WithTaskName("it"))...)
			if err != nil || !slices.Equal(d.lent, times) {
				t.Errorf("%s: MapSlice() = %v, the items have lent %v, want %v", what, err, d.lent, times)
			}
			p.Close()
		})
	}
}

func addUp(_ context.Context, a, b int) (int, error) { return a + b, nil }
func ignore(context.Context, int) error              { return nil }

// Observers are told of the function that the caller gave, not of what wraps it.
func TestObserverOfFunctions(t *testing.T) {
	name := millrace.WithTaskName("it")
	for what, run := range map[string]func(p *pool.Pool) error{
		"Map.double": func(p *pool.Pool) (err error) {
			for _, err = range pool.Map(bg, p, slices.Values([]int{1, 2}), double, name) {
			}
			return err
		},
		"MapSlice.double": func(p *pool.Pool) error {
			_, err := pool.MapSlice(bg, p, []int{1, 2}, double, name)
			return err
		},
		"ForEach.ignore": func(p *pool.Pool) error { return pool.ForEach(bg, p, slices.Values([]int{1, 2}), ignore, name) },
		"ForN.ignore":    func(p *pool.Pool) error { return pool.ForN(bg, p, 2, ignore, name) },
		"Reduce.addUp": func(p *pool.Pool) error {
			_, err := pool.Reduce(bg, p, make([]int, 5), addUp, name)
			return err
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			d := new(diary)
			p := pool.New(one, millrace.WithObserver(d))
			if err := run(p); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			_, want, _ := strings.Cut(what, ".")
			for _, name := range d.funcs {
				if !strings.HasSuffix(name, "."+want) {
					t.Errorf("%s: the function is %s", what, name)
				}
			}
			if len(d.funcs) == 0 {
				t.Errorf("%s: the observer is told of no item", what)
			}
			p.Close()
		})
	}
}
