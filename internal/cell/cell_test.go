package cell_test

import (
	"errors"
	"testing"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// What Set stores is there when the task has settled.
func TestCell(t *testing.T) {
	boom := errors.New("boom")
	var c cell.Cell[string]
	c.Task().Prepare(sched.NoBody{})
	c.Set("value", boom)
	c.Task().Settle(outcome.Failed)
	if c.Value() != "value" || c.Err() != boom || c.Task().State() != outcome.Failed {
		t.Errorf("Value(), Err(), State() = %q, %v, %v, want value, %v, failed", c.Value(), c.Err(), c.Task().State(), boom)
	}
}
