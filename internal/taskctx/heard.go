package taskctx

import "context"

// cancelKey is what the standard library looks up the context by that ends another one.
var cancelKey = func() any {
	l := &listener{Context: ended()}
	_ = context.Cause(l) // it asks nothing of a context that has not ended
	return l.key
}()

// ended returns a context of no use but that it has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Heard reports whether a context that the standard library derives from ctx ends at the
// instant at which ctx does. If ctx is of a type with a Done of its own, a goroutine has to
// tell it.
func Heard(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil {
		return true
	}
	end, ok := ctx.Value(cancelKey).(context.Context)
	return ok && end.Done() == done
}
