//go:build !linux

package machine

// futexWake is for Linux.
var futexWake func() float64
