package taskctx

import (
	"context"
	"runtime/pprof"
)

// A Labelled is an owner that is told when the pprof labels of the task that it runs are
// asked for.
type Labelled interface{ Dyed() }

// labelled tells the owner of c.
func (c *Item) labelled() {
	if o, ok := c.Owner().(Labelled); ok {
		o.Dyed()
	}
}

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
