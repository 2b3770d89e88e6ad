package taskctx

import (
	"context"
	"runtime/pprof"
)

// labelKey is what package pprof looks up its labels by.
var labelKey = func() any {
	l := &listener{Context: context.Background()}
	pprof.ForLabels(l, func(string, string) bool { return false })
	return l.key
}()

// A listener remembers which key it was asked for.
type listener struct {
	context.Context
	key any
}

// Value implements context.Context.
func (l *listener) Value(key any) any {
	l.key = key
	return nil
}

// Labels returns a context with the pprof labels of ctx, whatever it is asked for: a goroutine can
// be given them without a search.
func Labels(ctx context.Context) context.Context {
	return labels{context.Background(), ctx.Value(labelKey)}
}

type labels struct {
	context.Context
	value any
}

// Value implements context.Context.
func (l labels) Value(any) any { return l.value }
