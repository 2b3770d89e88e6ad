package observe_test

import (
	"testing"

	"github.com/millrace-go/millrace/observe"
)

// The bottleneck follows from how full the windows and how busy the runners are.
func TestBottleneck(t *testing.T) {
	full, busy := func(busy float64) observe.Load { return observe.NewLoad(0.95, busy, false) }, 1.0
	idle, empty := 0.1, observe.NewLoad(0.1, 0.1, false)
	for _, c := range []struct {
		name   string
		stages []observe.Load
		kind   string
		stage  int
	}{
		{"nothing is full", []observe.Load{empty, empty, empty}, "source", 0},
		{"the first stage", []observe.Load{full(busy), empty, empty}, "stage", 0},
		{"the second stage", []observe.Load{full(idle), full(busy), empty}, "stage", 1},
		{"the last stage", []observe.Load{full(idle), full(idle), full(busy)}, "stage", 2},
		{"the sink", []observe.Load{full(idle), full(idle), full(idle)}, "sink", 2},
		{"inline code between the first two", []observe.Load{full(idle), empty, empty}, "between", 0},
		{"a busy stage that is not full", []observe.Load{observe.NewLoad(0.5, 1, false)}, "source", 0},
		{"draining", []observe.Load{observe.NewLoad(0.3, 0.2, true), empty}, "none", 0},
		{"draining, and held up", []observe.Load{observe.NewLoad(0.9, 0.1, true), full(busy)}, "stage", 1},
		{"a window at the bound is not full", []observe.Load{observe.NewLoad(0.8, 1, false)}, "source", 0},
		{"runners at the bound are not busy", []observe.Load{observe.NewLoad(0.81, 0.5, false)}, "sink", 0},
		{"only the source ends a pipeline", []observe.Load{empty, observe.NewLoad(0.3, 0.2, true)}, "source", 0},
		{"no stages", nil, "source", 0},
	} {
		if got := observe.Bottleneck(c.stages...); got.Kind != c.kind || got.Stage != c.stage || got.Reason == "" {
			t.Errorf("%s: bottleneck = %+v, want %s %d with a reason", c.name, got, c.kind, c.stage)
		}
	}
}

// A stage whose results are waited for is the bottleneck also if its runners are idle, and one
// whose items wait to start also if it has pulled none.
func TestBottleneckInDemand(t *testing.T) {
	full, empty := observe.NewLoad(0.95, 0.1, false), observe.NewLoad(0, 0.1, true)
	for _, c := range []struct {
		name   string
		stages []observe.Load
		kind   string
		stage  int
	}{
		{"full, and waited for", []observe.Load{observe.Demand(full, 0, 0.6), observe.NewLoad(0, 0, false)}, "stage", 0},
		{"full, and waited for in half of the looks", []observe.Load{observe.Demand(full, 0, 0.5)}, "sink", 0},
		{"items wait to start", []observe.Load{observe.Demand(empty, 0.9, 1)}, "stage", 0},
		{"items wait to start, and runners are busy", []observe.Load{observe.Demand(observe.NewLoad(0, 1, true), 0.9, 0)}, "stage", 0},
		{"items wait to start in too few looks", []observe.Load{observe.Demand(empty, 0.8, 1)}, "none", 0},
		{"items wait for the slots of a stage above", []observe.Load{observe.NewLoad(0.95, 1, false), observe.NewLoad(0.1, 0, false), observe.Demand(empty, 0.9, 1)}, "stage", 0},
		{"items wait, and the stage above is not full", []observe.Load{observe.NewLoad(0.5, 1, false), observe.Demand(empty, 0.9, 1)}, "stage", 1},
		{"items wait, and the stage above is idle", []observe.Load{full, observe.Demand(empty, 0.9, 1)}, "stage", 1},
		{"waited for, and without items", []observe.Load{observe.Demand(observe.NewLoad(0, 0, false), 0, 1)}, "source", 0},
	} {
		if got := observe.Bottleneck(c.stages...); got.Kind != c.kind || got.Stage != c.stage {
			t.Errorf("%s: bottleneck = %+v, want %s %d", c.name, got, c.kind, c.stage)
		}
	}
}
