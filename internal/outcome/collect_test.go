package outcome_test

import (
	"errors"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
)

// The first error of a task that has run is the error, else the first of one that never ran.
func TestFirstError(t *testing.T) {
	errs := []error{errors.New("0"), errors.New("1"), errors.New("2"), errors.New("3")}
	var e outcome.Errors
	if _, err := e.First(); err != nil || e.Err() != nil {
		t.Errorf("without errors First() = %v, Err() = %v, want nil", err, e.Err())
	}
	for i, c := range []struct {
		state outcome.State
		first bool
		want  error
	}{
		{outcome.Cancelled, false, errs[0]},
		{outcome.Cancelled, false, errs[0]},
		{outcome.Failed, true, errs[2]},
		{outcome.Failed, false, errs[2]},
	} {
		if got := e.Keep(uint64(i), errs[i], c.state); got != c.first || e.Err() != c.want {
			t.Errorf("Keep(%v) = %v, Err() = %v, want %v, %v", errs[i], got, e.Err(), c.first, c.want)
		}
	}
	if order, err := e.First(); order != 2 || err != errs[2] {
		t.Errorf("First() = %d, %v, want 2, %v", order, err, errs[2])
	}
}

// Errors that are collected are joined in order of submission, whatever the order of their ends.
func TestCollectedErrors(t *testing.T) {
	var e outcome.Errors
	e.Collect(2, errors.New("b"))
	e.Collect(1, errors.New("a"))
	e.Collect(3, errors.New("c"))
	if got := e.Err().Error(); got != "a\nb\nc" {
		t.Errorf("Err() = %q, want a, b, c", got)
	}
}
