package pool

import (
	"context"

	"github.com/millrace-go/millrace/internal/sched"
)

// Attempt returns the number of the current attempt of the task that ctx belongs to: 1
// for the first, 2 for the first repetition by millrace.WithRetry. It returns 0 if ctx
// does not belong to a task of a pool.
func Attempt(ctx context.Context) int {
	needContext("Attempt", ctx)
	return sched.Attempt(ctx)
}
