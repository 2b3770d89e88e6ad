package pool

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Group is a set of tasks that end together: the first failure of a member
// cancels the others, unless CollectErrors is given, and Wait waits for all. It is
// an [Executor]: a task
// submitted to it is a member. A group over a group is possible; its members
// are members of both. All methods may be called concurrently.
//
// Prefer [Scope], which cannot forget to wait.
type Group sched.Group

// NewGroup returns a group on ex. The end of ctx cancels its members. Wait must
// be called, or the group stays registered on ctx. It panics if ctx or ex is nil.
func NewGroup(ctx context.Context, ex Executor, opts ...millrace.GroupOption) *Group {
	checkCall("NewGroup", ctx, ex, false)
	return (*Group)(sched.NewGroup(ctx, ctx, ex.pool(), ex.group(), options.NewGroup(opts), nil))
}

func (g *Group) group() *sched.Group {
	if g == nil {
		panic("pool: nil group")
	}
	return (*sched.Group)(g)
}

func (g *Group) submit(t *sched.Task) { g.group().Submit(t) }
func (g *Group) pool() *sched.Pool    { return g.group().Pool() }

// Wait blocks until all members have settled, those too that members submit
// meanwhile, and returns the first failure; if none failed, the error of the
// first member that never ran. With CollectErrors it joins the errors of all
// members in order of submission. Then the group takes no more: what is
// submitted later never runs, with [ErrClosed]. It may be called more than once.
//
// If the group was made with a task's context, Wait lends the task's slot. It
// must not be called by a member: it would wait for itself, and block for ever.
func (g *Group) Wait() error { return g.group().Wait() }

// errScope is why members are cancelled when the function of a scope panics.
var errScope = errors.New("pool: the scope's function did not return")

// Scope calls fn with a new group on ex and a context that the group's first
// failure ends, then waits for all members. It returns the error of fn, or else
// that of [Group.Wait]. If fn returns an error, panics or calls Goexit, the
// members are cancelled first. Nothing that was submitted to the group outlives
// the call.
func Scope(ctx context.Context, ex Executor, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	checkCall("Scope", ctx, ex, fn == nil)
	inner, cancel := context.WithCancelCause(ctx)
	g := sched.NewGroup(ctx, inner, ex.pool(), ex.group(), options.NewGroup(opts), cancel)
	returned := false
	defer func() {
		if !returned {
			g.Cancel(errScope)
			_ = g.Wait() // the panic is on its way to the caller
		}
		cancel(nil)
	}()
	err := fn(inner, (*Group)(g))
	returned = true
	if err != nil {
		g.Cancel(err)
	}
	if waited := g.Wait(); err == nil {
		err = waited
	}
	return err
}
