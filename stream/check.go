package stream

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/internal/sched"
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

// needExecutor panics if ex is nil, a nil pool or group, or a zero one.
func needExecutor(call string, ex pool.Executor) {
	if ex == nil || ex == (*pool.Pool)(nil) || ex == (*pool.Group)(nil) {
		panic("stream: " + call + ": nil executor")
	}
	switch x := scheduler(ex).(type) {
	case *sched.Pool:
		if !x.Made() {
			panic("stream: " + call + ": zero Pool: make one with pool.New")
		}
	case *sched.Group:
		if x.Pool() == nil {
			panic("stream: " + call + ": zero Group: make one with pool.NewGroup or pool.Scope")
		}
	}
}

// atLeast panics if n < least.
func atLeast(call string, n, least int) {
	if n < least {
		panic(fmt.Sprintf("stream: %s: n = %d, want n >= %d", call, n, least))
	}
}
