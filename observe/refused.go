package observe

import (
	"github.com/millrace-go/millrace/observe/internal/safe"
	"github.com/millrace-go/millrace/pool"
)

// turnedAway reports whether a task never ran because its pool refused, dropped or stopped it,
// and not because it was cancelled.
func turnedAway(err error) bool {
	return safe.Is(err, pool.ErrQueueFull, pool.ErrClosed, pool.ErrStopped, pool.ErrTooHeavy, pool.ErrBroken)
}
