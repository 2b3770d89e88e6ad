package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Group is a set of tasks that end together. It is an [Executor]: tasks submitted to it
// are its members. The first failure of a member cancels the others, and Wait waits for
// all; millrace.CollectErrors and millrace.IgnoreErrors change what a failure does.
// Prefer [Scope], which cannot forget to wait, to [NewGroup].
//
// A group owns its members: their contexts live as long as the group at most. A task that
// a member submits to the group with its own context lives as long as the group, not as
// the member. This also holds for a task that the member submits to a related group: one
// of the two groups is made over the other, or both are made over a third.
//
// The members of a group that is made over another group are members of both: the limits
// of both hold, and a failure acts on both, unless the inner group has
// millrace.IgnoreErrors.
//
// All methods may be called by any number of goroutines at once. The zero value panics at
// its first use.
type Group sched.Group

// NewGroup returns a group on ex. The end of ctx cancels its members. In a task, the
// context of the task ends when the task returns: a group that is to live longer, like
// one for each host of a crawler, needs the context of the scope.
//
// The group stays registered on ctx, and on the group that it is made over, until its Wait returns or one
// of the two ends. So call Wait in the end, unless ctx ends anyway, as that of a request
// or a scope does. A group that is made on a pool, with a context that cannot end such as
// [context.Background], is registered nowhere and may be dropped without Wait. NewGroup
// panics if ctx or ex is nil.
func NewGroup(ctx context.Context, ex Executor, opts ...millrace.GroupOption) *Group {
	checkCall("NewGroup", ctx, ex, false)
	inner, cancel := context.WithCancelCause(ctx)
	return (*Group)(sched.NewGroup(ctx, inner, scheduler(ex), options.NewGroup(opts), cancel))
}

func (g *Group) group() *sched.Group {
	if g == nil {
		panic("pool: nil group")
	}
	s := (*sched.Group)(g)
	if s.Pool() == nil {
		panic("pool: zero Group: make one with pool.NewGroup or pool.Scope")
	}
	return s
}

// Wait blocks until all members have settled, including those that members submit
// meanwhile. It returns the error of the first member that failed; if none failed, that
// of the first member that never ran. With millrace.CollectErrors it returns the errors
// of all members, joined in order of submission; with millrace.IgnoreErrors it returns
// nil. Afterwards the group takes no more members: tasks that are submitted later never
// run, with [ErrClosed]. Wait may be called more than once.
//
// If the group was made with the context of a task, Wait lends the slot of that task. A
// member must not call Wait: it would wait for itself, and block for ever.
func (g *Group) Wait() error { return g.group().Wait() }

// errScope is why members are cancelled when the function of a scope panics.
var errScope = errors.New("pool: the scope's function did not return")

// Context returns a context that ends with the group's first failure, with
// [Group.Cancel], with the context that the group was made with, with the group that it
// was made over, and when Wait returns. Its cause tells which; after Wait it is
// [future.ErrTaskEnded]. The contexts of the members end with it, but do not have its
// values.
func (g *Group) Context() context.Context { return g.group().Context() }

// Cancel settles the pending members as never ran, and ends the contexts of the running
// ones with cause; nil stands for [context.Canceled]. Cancel does not wait. If the
// group's context has ended already, the reason is the cause of that in place of cause.
// Cancel is no failure by itself: Wait returns the error that a member returns, or that
// of a member that never ran because of Cancel.
func (g *Group) Cancel(cause error) { g.group().Cancel(cause) }

// SetLimit sets how many members may run at once, as millrace.WithLimit does. A
// larger number takes effect at once, a smaller one as members end. It panics if
// n < 1.
func (g *Group) SetLimit(n int) {
	if n < 1 {
		panic(fmt.Sprintf("pool: SetLimit(%d): want n >= 1", n))
	}
	g.group().SetLimit(n)
}

// Scope calls fn with a new group on ex, waits for all members, and returns what went
// wrong first: the error of the first member that failed, or the error of fn if fn
// returned it before a member failed. With millrace.CollectErrors it returns the error of
// fn and those of all members, joined. Nothing that was submitted to the group outlives
// the call.
//
// The context that fn gets ends with the group's first failure. If fn returns an error,
// panics or calls runtime.Goexit, the members are cancelled; a panic or Goexit goes on in
// the caller when they have ended. In a task of the same pool, Scope lends the task's
// slot while it waits. Scope panics if ctx, ex or fn is nil.
func Scope(ctx context.Context, ex Executor, fn func(ctx context.Context, g *Group) error, opts ...millrace.GroupOption) error {
	checkCall("Scope", ctx, ex, fn == nil)
	o := options.NewGroup(opts)
	inner, cancel := context.WithCancelCause(ctx)
	g := sched.NewGroup(ctx, inner, scheduler(ex), o, cancel)
	returned := false
	defer func() {
		if !returned {
			g.Cancel(errScope)
			_ = g.Wait() // the panic is on its way to the caller
		}
	}()
	err := fn(inner, (*Group)(g))
	returned = true
	failed := g.Failed()
	if err != nil {
		g.Cancel(err)
	}
	waited := g.Wait()
	switch {
	case o.CollectErrors:
		return errors.Join(err, waited)
	case failed != nil:
		return failed
	case err != nil:
		return err
	}
	return waited
}

// String returns the name of the group's pool, and how many members run, wait and are
// queued.
func (g *Group) String() string {
	if g == nil {
		return "group(nil)"
	}
	if (*sched.Group)(g).Pool() == nil {
		return "group(zero)"
	}
	return describe("group", g.Stats())
}

// Format writes what String returns, whatever the verb: fmt does not read a group that
// other goroutines use.
func (g *Group) Format(s fmt.State, _ rune) { fmt.Fprint(s, g.String()) }
