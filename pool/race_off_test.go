//go:build !race

package pool_test

const (
	deepest = 100_000
	many    = 1_000_000
	racing  = false
)
