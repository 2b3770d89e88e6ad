package observe

import (
	"errors"

	"github.com/millrace-go/millrace/pool"
)

// turnedAway reports whether a task never ran because of its pool, not because somebody
// cancelled it.
func turnedAway(err error) bool {
	for _, reason := range []error{pool.ErrQueueFull, pool.ErrClosed, pool.ErrStopped, pool.ErrTooHeavy, pool.ErrBroken} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}
