package taskctx_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A chain of tasks, each submitted with context.WithoutCancel of the one before, stays
// as short as its first link.
func TestDetachChain(t *testing.T) {
	ctx := context.WithValue(bg, key{}, 1)
	var second context.Context
	for i := range 100_000 {
		b := block(ctx)
		c := b.Take()
		next := taskctx.Detach(context.WithoutCancel(c), nil)
		b.EndLast()
		switch {
		case i == 0:
			second = next
		case !taskctx.Same(next, second):
			t.Fatalf("link %d of the chain is a context of its own", i)
		}
		ctx = next
	}
	if ctx.Value(key{}) != 1 || ctx.Err() != nil || ctx.Done() != nil || taskctx.From(ctx) != nil {
		t.Error("the end of the chain has no values, has ended, or is of a task")
	}
	if _, ok := ctx.Deadline(); ok {
		t.Error("the end of the chain has a deadline")
	}
}

// A chain stays as short also if there are contexts between its links that add no values,
// or values of workers, which count once for each pool.
func TestDetachChainOfMany(t *testing.T) {
	base := context.WithValue(bg, key{}, "worker's")
	child := func(c context.Context) context.Context { return block(c).Take() }
	of := func(c context.Context, pool string) context.Context { return child(taskctx.WithBase(c, base, pool)) }
	links := map[string]func(context.Context) context.Context{
		"itself":   func(c context.Context) context.Context { return c },
		"a child":  child,
		"detached": context.WithoutCancel,
		"cancel":   derived,
		"deadline": limited,
		"deep": func(c context.Context) context.Context {
			for range taskctx.MaxDepth + 2 {
				c = child(c)
			}
			return c
		},
		"worker": func(c context.Context) context.Context { return of(c, "p") },
		"two pools": func(c context.Context) context.Context {
			return of(taskctx.Detach(context.WithoutCancel(of(c, "p")), "q"), "q")
		},
		"all": func(c context.Context) context.Context {
			return child(derived(child(context.WithoutCancel(limited(of(c, "p"))))))
		},
	}
	for name, link := range links {
		ctx := context.WithValue(bg, other{}, 1)
		var before uint64
		generations := 2000
		if name == "deep" { // each is as long as many of the others
			generations = 300
		}
		for i := range generations {
			ctx = taskctx.Detach(context.WithoutCancel(link(block(ctx).Take())), "p")
			if i == 100 {
				before = memory.InUse()
			}
		}
		if grown := int64(memory.InUse() - before); grown > 64<<10 {
			t.Errorf("%s: %d generations hold %d bytes, want none", name, generations-100, grown)
		}
		if ctx.Value(other{}) != 1 || ctx.Err() != nil || ctx.Done() != nil || taskctx.From(ctx) != nil {
			t.Errorf("%s: the end of the chain has no values, has ended, or is of a task", name)
		}
	}
}

// other is a key beside key.
type other struct{}

// A context that adds anything stays what it is.
func TestDetachKeeps(t *testing.T) {
	c := block(bg).Take()
	for name, ctx := range map[string]context.Context{
		"the task's":        c,
		"a derived one":     derived(c),
		"a value":           context.WithValue(c, key{}, 1),
		"a detached value":  context.WithoutCancel(context.WithValue(c, key{}, 1)),
		"a value over that": context.WithValue(context.WithoutCancel(c), key{}, 1),
		"of no task":        context.WithoutCancel(bg),
		"a stranger":        context.WithoutCancel(stranger{c}),
		"a child of that":   context.WithoutCancel(derived(stranger{c})),
		"a deceiving value": context.WithoutCancel(context.WithValue(c, key{}, ".WithCancel")),
		"a mute value":      context.WithoutCancel(context.WithValue(c, key{}, mute{t})),
		"a chameleon":       context.WithoutCancel(chameleon{c}),
		"one that can end":  derived(bg),
	} {
		if !taskctx.Same(taskctx.Detach(ctx, nil), ctx) {
			t.Errorf("Detach() of %s returns another context", name)
		}
	}
}

// A stranger may have values that its type does not tell.
type stranger struct{ context.Context }

// A mute value must not be asked for its text: that may block, or be a data race.
type mute struct{ t *testing.T }

func (m mute) String() string {
	m.t.Error("a value of a context was printed")
	return ""
}

// A chameleon is a stranger who is printed as the context that it wraps.
type chameleon struct{ context.Context }

func (c chameleon) String() string { return fmt.Sprint(c.Context) }

// A context.WithoutCancel is found again when nothing but a cancel function lies in between.
func TestDetachChainWithoutTasks(t *testing.T) {
	first := taskctx.Detach(context.WithoutCancel(context.WithValue(bg, key{}, 1)), nil)
	for name, below := range map[string]context.Context{"cancel": derived(first), "deadline": limited(first)} {
		if next := taskctx.Detach(context.WithoutCancel(below), nil); !taskctx.Same(next, first) {
			t.Errorf("%s: Detach() of what is below a detached context is a context of its own", name)
		}
	}
	if first.Value(key{}) != 1 || first.Err() != nil || first.Done() != nil {
		t.Error("a detached context has no values, or has ended")
	}
}

// derived returns a context below ctx that has ended.
func derived(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// limited returns a context below ctx that has a deadline and has ended.
func limited(ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	cancel()
	return ctx
}
