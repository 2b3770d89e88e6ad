package figures_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/figures"
)

func info(name string, g *millrace.Progress) millrace.RunInfo {
	return millrace.RunInfo{Pool: "etl", Name: name, Probe: func() millrace.Progress { return *g }}
}

// What has been delivered stays in the sum when the run has ended; what is held does
// not.
func TestSums(t *testing.T) {
	var s figures.Stages
	a := &millrace.Progress{Pulled: 10, Delivered: 4, Window: 8, Running: 2}
	b := &millrace.Progress{Pulled: 3, Delivered: 5, Window: 8, Running: 1} // read while it goes on
	_, aEnded := s.Run(context.Background(), info("parse", a))
	_, bEnded := s.Run(context.Background(), info("parse", b))
	_, cEnded := s.Run(context.Background(), info("store", a))
	parse := figures.Name{Pool: "etl", Stage: "parse"}
	if got, want := s.Sums()[parse], (figures.Sum{Delivered: 9, Held: 6, Window: 16, Running: 3}); got != want {
		t.Errorf("two runs: %+v, want %+v", got, want)
	}
	a.Delivered = 10
	aEnded()
	if got, want := s.Sums()[parse], (figures.Sum{Delivered: 15, Window: 8, Running: 1}); got != want {
		t.Errorf("one has ended: %+v, want %+v", got, want)
	}
	bEnded()
	cEnded()
	if got, want := s.Sums()[parse], (figures.Sum{Delivered: 15}); got != want || len(s.Sums()) != 2 {
		t.Errorf("all have ended: %+v, want %+v", got, want)
	}
}

// Names beyond the first thousand are one.
func TestManyNames(t *testing.T) {
	var s figures.Stages
	for i := range 3000 {
		_, ended := s.Run(context.Background(), info(fmt.Sprint(i), &millrace.Progress{Delivered: 1}))
		ended()
	}
	if got := s.Sums(); len(got) != 1001 || got[figures.Name{Pool: "_OTHER", Stage: "_OTHER"}].Delivered != 2000 {
		t.Errorf("%d names, the others %+v, want 1001, the others with 2000 items", len(got), got[figures.Name{Pool: "_OTHER", Stage: "_OTHER"}])
	}
}
