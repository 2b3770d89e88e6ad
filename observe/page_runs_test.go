package observe_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
)

// scripted is a run whose progress a test says.
func scripted(g *millrace.Progress) millrace.RunInfo {
	return millrace.RunInfo{Pool: "etl", Name: "", Probe: func() millrace.Progress { return *g }}
}

// Stages that begin under one another before anything is pulled are a pipeline; what
// begins later is one of its own. Nothing is kept of what has ended.
func TestPageRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		store, parse := &millrace.Progress{Window: 8, Limit: 4}, &millrace.Progress{Window: 8, Limit: 4}
		inStore, storeEnded := page.Run(context.Background(), scripted(store))
		inParse, parseEnded := page.Run(inStore, scripted(parse))
		parse.Pulled, parse.Delivered, parse.Running = 8, 0, 4
		_, itemEnded := page.Run(inParse, scripted(&millrace.Progress{}))
		a := ask(t, page, "")
		if len(a.Pipelines) != 2 || len(a.Pipelines[0].Stages) != 2 || len(a.Pipelines[1].Stages) != 1 {
			t.Fatalf("pipelines %+v, want one of two stages and one of one", a.Pipelines)
		}
		if got := a.Pipelines[0].Bottleneck; got.Kind != "stage" || got.Stage != 0 {
			t.Errorf("the bottleneck is %+v, want the first stage", got)
		}
		if got := a.Pipelines[0].Stages[0]; got.Name != "stage 1" || got.Held != 8 || got.Window != 8 || got.Running != 4 {
			t.Errorf("the first stage is %+v, want stage 1 with 8 of 8 items", got)
		}
		if html := get(page, "/").Body.String(); !strings.Contains(html, `<tr class="bottleneck">`) {
			t.Error("the page does not mark the bottleneck")
		}
		itemEnded()
		parseEnded()
		storeEnded()
		for range 100_000 {
			_, ended := page.Run(context.Background(), scripted(store))
			ended()
		}
		if n := page.Runs(); n != 0 {
			t.Errorf("%d runs are kept, want none", n)
		}
	})
}

// A stage is shown for as long as it runs, also if the one below it has ended before it.
func TestPageRunsAboveOneThatEnded(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		lower, lowerEnded := page.Run(t.Context(), scripted(&millrace.Progress{}))
		_, upperEnded := page.Run(lower, scripted(&millrace.Progress{}))
		lowerEnded()
		if a := ask(t, page, ""); len(a.Pipelines) != 1 || len(a.Pipelines[0].Stages) != 1 || a.Totals.Pipelines != 1 {
			t.Errorf("%d pipelines are shown: %+v, want one of one stage", a.Totals.Pipelines, a.Pipelines)
		}
		upperEnded()
	})
}

// The rate of a stage is what it delivers while the page looks.
func TestPageRate(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		began := time.Now()
		_, ended := page.Run(context.Background(), millrace.RunInfo{Probe: func() millrace.Progress {
			return millrace.Progress{Delivered: uint64(time.Since(began) / time.Millisecond), Window: 8, Limit: 4}
		}})
		a := ask(t, page, "")
		if got := a.Pipelines[0].Stages[0]; got.Rate < 990 || got.Rate > 1010 || got.Held != 0 {
			t.Errorf("the stage is %+v, want about 1000 items/s and nothing held", got)
		}
		ended()
	})
}
