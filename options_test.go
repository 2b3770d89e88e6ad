package millrace_test

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
)

// An option out of range panics where it is written, and says what is wanted.
func TestOptionsOutOfRange(t *testing.T) {
	var noContext context.Context
	for want, call := range map[string]func(){
		"millrace: WithWorkers(0): want n >= 1":                                                          func() { millrace.WithWorkers(0) },
		"millrace: WithWorkers(-1): want n >= 1":                                                         func() { millrace.WithWorkers(-1) },
		"millrace: WithConcurrency(0): want n >= 1":                                                      func() { millrace.WithConcurrency(0) },
		"millrace: WithWindow(0): want n >= 1":                                                           func() { millrace.WithWindow(0) },
		"millrace: WithTimeout(0s): want d > 0":                                                          func() { millrace.WithTimeout(0) },
		"millrace: WithIdleTimeout(-1ns): want d >= 0":                                                   func() { millrace.WithIdleTimeout(-1) },
		"millrace: WithContext(nil): want a context":                                                     func() { millrace.WithContext(noContext) },
		"millrace: WithQueue(-1): want n >= 0":                                                           func() { millrace.WithQueue(-1) },
		"millrace: WithMaxWeight(0): want n >= 1":                                                        func() { millrace.WithMaxWeight(0) },
		"millrace: WithWeight(-1): want n >= 0":                                                          func() { millrace.WithWeight(-1) },
		"millrace: WithLimit(0): want n >= 1":                                                            func() { millrace.WithLimit(0) },
		"millrace: WithInit(nil): want a function":                                                       func() { millrace.WithInit(nil) },
		"millrace: WithOverflow(Overflow(9)): want Block, Reject, CallerRuns or DropOldest":              func() { millrace.WithOverflow(9) },
		"millrace: WithKey([1]): want a key that is comparable and equals itself, got []int":             func() { millrace.WithKey([]int{1}) },
		"millrace: WithKey(NaN): want a key that is comparable and equals itself, got float64":           func() { millrace.WithKey(math.NaN()) },
		"millrace: WithKey([[1]]): want a key that is comparable and equals itself, got [1]interface {}": func() { millrace.WithKey([1]any{[]int{1}}) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			call()
		}()
	}
}

// The least that an option takes is taken, and so is the most.
func TestOptionsAtTheirEnds(t *testing.T) {
	p := options.NewPool([]millrace.PoolOption{
		millrace.WithWorkers(1), millrace.WithQueue(0), millrace.WithMaxWeight(1), millrace.WithIdleTimeout(0),
	})
	if p.Workers != 1 || p.Queue != 0 || p.MaxWeight != 1 || p.IdleTimeout != 0 {
		t.Errorf("NewPool() = %+v, want the least of all", p)
	}
	p = options.NewPool([]millrace.PoolOption{
		millrace.WithWorkers(math.MaxInt), millrace.WithQueue(math.MaxInt), millrace.WithMaxWeight(math.MaxInt64),
		millrace.WithIdleTimeout(math.MaxInt64),
	})
	if p.Workers != math.MaxInt || p.Queue != math.MaxInt || p.MaxWeight != math.MaxInt64 || p.IdleTimeout != math.MaxInt64 {
		t.Errorf("NewPool() = %+v, want the most of all", p)
	}
	m := options.NewMap([]millrace.MapOption{
		millrace.WithConcurrency(1), millrace.WithWindow(1), millrace.WithWeight(0), millrace.WithTimeout(1), millrace.WithKey(nil),
	})
	if m.Concurrency != 1 || m.Window != 1 || m.Weight != 0 || m.Timeout != 1 || m.Key != nil {
		t.Errorf("NewMap() = %+v, want the least of all", m)
	}
}

func TestDefaultOfWorkers(t *testing.T) {
	if got, want := options.NewPool(nil).Workers, min(32, runtime.GOMAXPROCS(0)+4); got != want {
		t.Errorf("NewPool().Workers = %d, want %d", got, want)
	}
}

// Nil options are skipped, the last one wins, and a task's option is a map's.
func TestOptionsResolve(t *testing.T) {
	p := options.NewPool([]millrace.PoolOption{millrace.WithWorkers(1), nil, millrace.WithWorkers(2)})
	if p.Workers != 2 || p.IdleTimeout != 10*time.Second {
		t.Errorf("NewPool() = %+v, want 2 workers and an idle timeout of 10 s", p)
	}
	m := options.NewMap([]millrace.MapOption{nil, millrace.WithTimeout(time.Second), millrace.Unordered(), millrace.WithWindow(3)})
	if want := (options.Map{Task: options.Task{Common: options.Common{Weight: 1}, Rest: options.Rest{Timeout: time.Second}}, Unordered: true, Window: 3}); !reflect.DeepEqual(m, want) {
		t.Errorf("NewMap() = %+v, want %+v", m, want)
	}
	if g := options.NewGroup([]millrace.GroupOption{nil, millrace.CollectErrors()}); !g.CollectErrors {
		t.Errorf("NewGroup() = %+v, want CollectErrors", g)
	}
	if got := testing.AllocsPerRun(100, func() { options.NewTask(nil) }); got != 0 {
		t.Errorf("NewTask() of no options allocates %v times, want 0", got)
	}
}

// An option that wraps one of the package is not passed over in silence.
func TestWrappedTaskOption(t *testing.T) {
	type wrapped struct{ millrace.TaskOption }
	defer func() {
		if got, want := recover(), "millrace: a TaskOption of another package, want one of package millrace"; got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	options.NewTask([]millrace.TaskOption{nil, wrapped{millrace.WithPriority(1)}})
}
