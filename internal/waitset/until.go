package waitset

import "github.com/millrace-go/millrace/internal/outcome"

// Until says how much of a set has to settle.
type Until uint8

// The conditions that end a wait.
const (
	Every     Until = iota // all tasks settle
	One                    // any does
	NoFailure              // all do, or one fails
	NoLoss                 // all do, or one fails or is cancelled
	Success                // all do, or one succeeds
)

// Hits reports whether a task that settled so ends the wait at once.
func (u Until) Hits(s outcome.State) bool {
	switch u {
	case One:
		return true
	case NoFailure:
		return s == outcome.Failed
	case NoLoss:
		return s != outcome.Succeeded
	case Success:
		return s == outcome.Succeeded
	}
	return false
}
