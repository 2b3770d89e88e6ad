package stream

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// needFunc panics if a function is nil.
func needFunc(call string, isNil bool) {
	if isNil {
		panic("stream: " + call + ": nil function")
	}
}

// needContext panics if ctx is nil.
func needContext(call string, ctx context.Context) {
	if ctx == nil {
		panic("stream: " + call + ": nil context")
	}
}

// needExecutor panics if ex is nil, or a nil pool or group.
func needExecutor(call string, ex pool.Executor) {
	if ex == nil || ex == (*pool.Pool)(nil) || ex == (*pool.Group)(nil) {
		panic("stream: " + call + ": nil executor")
	}
}

// atLeast panics if n < least.
func atLeast(call string, n, least int) {
	if n < least {
		panic(fmt.Sprintf("stream: %s: n = %d, want n >= %d", call, n, least))
	}
}
