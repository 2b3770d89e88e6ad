// Package cell joins a task of the scheduler, which knows nothing of types, with its value
// (cell.go), and calls the function that the value comes from (call.go).
package cell

import "github.com/millrace-go/millrace/internal/sched"

// A Cell is a task with its value. Package future defines its types over this struct, so
// that a pointer to a cell converts to a pointer to a future. The task is not embedded:
// its methods would be methods of every future.
type Cell[T any] struct {
	task  sched.Task
	value T
}

// Task returns the untyped half.
func (c *Cell[T]) Task() *sched.Task { return &c.task }

// Value returns the value of a settled cell.
func (c *Cell[T]) Value() T { return c.value }

// Err returns the error of a settled cell.
func (c *Cell[T]) Err() error { return c.task.Err() }

// Set stores the outcome that is published when the task settles. Only the
// goroutine that may settle the cell calls it.
func (c *Cell[T]) Set(v T, err error) {
	c.value = v
	c.task.SetErr(err)
}
