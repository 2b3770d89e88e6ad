//go:build race

package pool_test

// How deep the recursion test goes, and how many "many" are: the race
// detector's bookkeeping costs many times a goroutine or a task, above 100 KB for each
// goroutine that there is at once.
const (
	deepest = 3_000
	many    = 30_000
	racing  = true
)
