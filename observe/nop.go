package observe

import (
	"context"

	"github.com/millrace-go/millrace"
)

// Nop is an observer that does nothing, to embed in one that needs only some of the
// methods.
type Nop struct{}

// Submitted implements millrace.Observer.
func (Nop) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }

// Started implements millrace.Observer.
func (Nop) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }

// Ended implements millrace.Observer.
func (Nop) Ended(context.Context, *millrace.TaskInfo) {}

// NeverRan implements millrace.Observer.
func (Nop) NeverRan(context.Context, *millrace.TaskInfo) {}
