package future

import (
	"fmt"

	"github.com/millrace-go/millrace/internal/outcome"
)

// A State is the state of a future: pending, running, or settled in one of three ways.
// States only move forward, and that of a settled future never changes.
type State uint8

// The states of a task.
const (
	// Pending: waiting to start.
	Pending State = State(outcome.Pending)
	// Running: started.
	Running State = State(outcome.Running)
	// Succeeded: settled with a value and a nil error.
	Succeeded State = State(outcome.Succeeded)
	// Failed: settled with an error; a panic and a Goexit are failures.
	Failed State = State(outcome.Failed)
	// Cancelled: settled without having started. The function was not called, so it
	// is safe to submit it again.
	Cancelled State = State(outcome.Cancelled)
)

// Settled reports whether s is Succeeded, Failed or Cancelled.
func (s State) Settled() bool { return s >= Succeeded && s <= Cancelled }

// String returns the name of the state in lower case.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Running:
		return "running"
	case Succeeded:
		return "succeeded"
	case Failed:
		return "failed"
	case Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}
