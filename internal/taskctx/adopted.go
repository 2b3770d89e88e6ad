package taskctx

import "context"

// Adopt returns ctx, with the values of another context above its own.
func Adopt(ctx, values context.Context) context.Context { return &adopted{ctx, values} }

type adopted struct {
	context.Context
	values context.Context
}

// Value implements context.Context.
func (a *adopted) Value(key any) any {
	if v := a.values.Value(key); v != nil {
		return v
	}
	return a.Context.Value(key)
}
