//go:build go1.27

package stream_test

// The smallest size that a channel cannot carry, and one beyond it.
const (
	largeSize  = 1 << 16
	largerSize = 1<<17 + 1
)
