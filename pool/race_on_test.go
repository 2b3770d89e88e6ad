//go:build race

package pool_test

// How deep the recursion test goes, and how many "many" are: the race
// detector's bookkeeping costs many times a goroutine or a task.
const (
	deepest = 20_000
	many    = 100_000
	racing  = true
)
