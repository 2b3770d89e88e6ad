// Package enginetest checks that an engine keeps what package cluster promises. An
// engine's own test calls [Run]:
//
//	func TestConformance(t *testing.T) {
//		enginetest.Run(t, enginetest.Harness{Connect: q.connect, Calls: 2000})
//	}
//
// Where engines may differ, the harness says how; nothing is skipped.
package enginetest

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// A Harness says how to reach an engine and what may be expected of it.
type Harness struct {
	// Connect returns a connection to a queue, which is made if it is not there. Each
	// call of a name returns another connection to the same queue, or at least something
	// that may be closed alone.
	Connect func(t *testing.T, queue string) cluster.Engine

	// Lease is how long a worker may be silent. An abort must be much quicker. It
	// should be no less than 5 s: a loaded machine is late.
	Lease time.Duration

	// Calls is how many calls the maps make; 500 by default.
	Calls int

	// Raced is how many calls are aborted in races; 5,000 by default, or what the
	// environment has as MILLRACE_RACED.
	Raced int

	// MaxBytes is what a message may have; 1 MiB by default.
	MaxBytes int

	// CoarsePriority says that calls of different priorities may begin in another
	// order.
	CoarsePriority bool
}

// Run runs the suite in this process.
func Run(t *testing.T, h Harness) {
	h.fill()
	t.Run("nothing left", h.nothingLeft) // alone: it looks at all goroutines
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"outcome", h.outcome},
		{"error", h.failure},
		{"panic", h.panics},
		{"goexit", h.goexit},
		{"retry", h.retry},
		{"timeout", h.timeout},
		{"progress", h.progress},
		{"priority", h.priority},
		{"abort running", h.abortRunning},
		{"abort queued", h.abortQueued},
		{"end of context", h.endOfContext},
		{"same id", h.sameID},
		{"join", h.join},
		{"unknown task", h.unknownTask},
		{"bad input", h.badInput},
		{"too large", h.tooLarge},
		{"long texts", h.longTexts},
		{"too heavy", h.tooHeavy},
		{"map", h.maps},
		{"map errors", h.mapErrors},
		{"map window", h.mapWindow},
		{"map break", h.mapBreak},
		{"map end of context", h.mapEnd},
		{"stage", h.stage},
		{"window", h.window},
		{"close", h.closes},
		{"close deadline", h.closeDeadline},
		{"worker ends", h.workerEnds},
		{"pool closed", h.poolClosed},
		{"propagate", h.propagate},
		{"recursion", h.recursion},
		{"locally", h.locally},
		{"raced", h.raced},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t)
		})
	}
}

func (h *Harness) fill() {
	if h.Lease == 0 {
		h.Lease = 10 * time.Second
	}
	if h.Calls == 0 {
		h.Calls = 500
	}
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_RACED")); err == nil && h.Raced == 0 {
		h.Raced = n
	}
	if h.Raced == 0 {
		h.Raced = 5000
	}
	if h.MaxBytes == 0 {
		h.MaxBytes = 1 << 20
	}
}
