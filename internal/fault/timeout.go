package fault

import (
	"context"
	"fmt"
	"time"
)

// A TimeoutError is what package future documents under this name.
type TimeoutError struct {
	After time.Duration
	Task  string
}

// Error names the task, if it has a name, and the timeout.
func (e *TimeoutError) Error() string {
	if e.Task == "" {
		return fmt.Sprintf("future: task timed out after %v", e.After)
	}
	return fmt.Sprintf("future: task %s timed out after %v", oneLine(e.Task), e.After)
}

// Is reports whether target is [context.DeadlineExceeded].
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout reports true, as errors of package net do.
func (e *TimeoutError) Timeout() bool { return true }
