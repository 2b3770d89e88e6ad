//go:build !go1.27

package stream_test

// With Go 1.26 the method ToChan keeps a Stream of items of 64 KB from compiling, and of
// two that together have that size: no channel can carry them.
const (
	largeSize  = 1 << 14
	largerSize = 1<<14 + 1
)
