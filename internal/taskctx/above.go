package taskctx

import "context"

// Above returns the context of the innermost task with whose end ctx ends, if that can be seen:
// ctx is that context, or was derived from it by the standard library, or adds nothing but
// values. It returns nil if there is none, and if the task has returned. The functions of Join are
// work of the task that has called it.
func Above(ctx context.Context) *Item {
	if a, ok := ctx.(*adopted); ok {
		ctx = a.Context
	}
	if From(ctx) == nil {
		return nil
	}
	for up := ctx; up != nil; {
		if at, ok := up.(*Item); ok {
			if !at.Block().Shared() {
				return at
			}
			up = at.Block().parent
			continue
		}
		// The task is looked for above at: all contexts that had ended before they were asked
		// for Done have the same channel, those below, too.
		at := up
		if up = endsWith(at); up == nil {
			done, c := at.Done(), From(at)
			if done != nil && c != nil && done == c.Done() { // one that never ends makes none above it real
				up = c
			}
		}
	}
	return nil
}
