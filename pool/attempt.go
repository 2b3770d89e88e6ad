package pool

import (
	"context"

	"github.com/millrace-go/millrace/internal/sched"
)

// Attempt returns the number of the current attempt of the task that ctx belongs to: 1
// for the first, 2 for the first repetition by millrace.WithRetry. Outside of the tasks
// of pools it returns 0.
func Attempt(ctx context.Context) int {
	needContext("Attempt", ctx)
	return sched.Attempt(ctx)
}
