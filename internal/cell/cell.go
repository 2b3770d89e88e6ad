package cell

// A Cell is a Core with its value. Package future defines its types over this
// struct, so that a pointer to a task's cell converts to a pointer to a future,
// and the scheduler needs no door in the public surface.
type Cell[T any] struct {
	core  Core
	value T
}

// Core returns the untyped half.
func (c *Cell[T]) Core() *Core { return &c.core }

// Value returns the value of a settled cell.
func (c *Cell[T]) Value() T { return c.value }

// Set stores the outcome that Settle will publish. Only for who settles.
func (c *Cell[T]) Set(v T, err error) {
	c.value = v
	c.core.err = err
}

// Resolve settles a cell that has no owner with a value.
func (c *Cell[T]) Resolve(v T) bool {
	if !c.core.lockOpen() {
		return false
	}
	c.value = v
	c.core.publish(Succeeded, nil)
	return true
}

// Reject settles a cell that has no owner with an error.
func (c *Cell[T]) Reject(err error) bool { return c.core.Finish(Failed, err) }
