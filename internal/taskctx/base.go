package taskctx

import (
	"context"
)

// A Base is a context with the values of a worker's context beneath its own. Below it
// the values of other workers of the same owner do not count: a worker's values may
// be for one task at a time, and the task that they are of may still run.
type Base struct {
	context.Context
	values context.Context
	owner  any // the pool of the worker
}

// WithBase returns ctx with the values of base beneath its own, for a worker of owner;
// ctx itself if base is nil.
func WithBase(ctx, base context.Context, owner any) context.Context {
	if base == nil {
		return ctx
	}
	return &Base{ctx, base, owner}
}

// baseKey is the key of the innermost Base of an owner.
type baseKey struct{ owner any }

// Value implements context.Context.
func (b *Base) Value(key any) any {
	switch k := key.(type) {
	case taskKey:
		return b.Context.Value(key)
	case baseKey:
		if k.owner == b.owner {
			return b
		}
		return b.Context.Value(key)
	}
	v := b.Context.Value(key)
	if v != nil && !b.inherited(key, v) {
		return v
	}
	return b.values.Value(key)
}

// inherited reports whether v, which the contexts above have for key, is a value of
// another worker of the same owner.
func (b *Base) inherited(key, v any) bool {
	up, ok := b.Context.Value(baseKey{b.owner}).(*Base)
	return ok && sameValue(up.values.Value(key), v)
}

func (b *Base) String() string { return name }
