package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/pool"
)

// A job that submits its successor with its own context and WithoutCancel, as the
// documents advise, goes on without growing: neither memory nor stack.
func TestChainOfSuccessorsDoesNotGrow(t *testing.T) {
	long := 100_000
	if testing.Short() {
		long = 20_000
	}
	p := pool.New(one)
	done := make(chan struct{})
	var first, last uint64
	var next func(ctx context.Context, n int)
	next = func(ctx context.Context, n int) {
		pool.Submit(context.WithoutCancel(ctx), p, func(ctx context.Context) (int, error) {
			if n == long/10 {
				first = heapBytes()
			}
			if n == long {
				last = heapBytes()
				if v := ctx.Value(key{}); v != "root" {
					t.Errorf("a value of the first context = %v, want root", v)
				}
				if v := ctx.Value("none"); v != nil {
					t.Errorf("a value that nobody has set = %v, want nil", v)
				}
				close(done)
				return 1, nil
			}
			next(ctx, n+1)
			return 1, nil
		})
	}
	next(context.WithValue(bg, key{}, "root"), 0)
	<-done
	if grown := int64(last) - int64(first); grown > 1<<20 {
		t.Errorf("%d generations took %d bytes, want none", long-long/10, grown)
	}
	p.Close()
}
