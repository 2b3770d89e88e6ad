package observe

import (
	"github.com/millrace-go/millrace/observe/internal/safe"
	"github.com/millrace-go/millrace/pool"
)

// turnedAway reports whether a task never ran because of its pool, not because somebody
// cancelled it.
func turnedAway(err error) bool {
	return safe.Is(err, pool.ErrQueueFull, pool.ErrClosed, pool.ErrStopped, pool.ErrTooHeavy, pool.ErrBroken)
}
