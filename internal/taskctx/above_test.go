package taskctx_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// wrapper is a context that the standard library does not know.
type wrapper struct{ context.Context }

// The task with which a context ends is seen through what derives contexts, and no other.
func TestAbove(t *testing.T) {
	c := block(bg).Take()
	canceled, cancel := context.WithCancel(c)
	defer cancel()
	timed, stop := context.WithTimeout(canceled, time.Hour)
	defer stop()
	valued := context.WithValue(timed, key{}, 1)
	own, end := context.WithCancel(wrapper{c})
	defer end()
	ended := block(bg)
	over := ended.Take()
	ended.EndLast()
	for name, at := range map[string]struct {
		ctx  context.Context
		want *taskctx.Item
	}{
		"the task's":                       {c, c},
		"a child's":                        {block(canceled).Take(), nil},
		"with a cancel function":           {canceled, c},
		"with a deadline":                  {timed, c},
		"with a value":                     {valued, c},
		"of a type of one's own":           {wrapper{c}, c},
		"derived from that":                {own, c},
		"of that type, derived":            {wrapper{canceled}, nil}, // it cannot be seen
		"without cancel":                   {context.WithoutCancel(c), nil},
		"without cancel, and with a value": {context.WithValue(context.WithoutCancel(valued), key{}, 2), nil},
		"detached":                         {taskctx.Detach(context.WithoutCancel(c), nil), nil},
		"of no task":                       {bg, nil},
		"of a task that has returned":      {over, nil},
	} {
		if name == "a child's" {
			at.want = at.ctx.(*taskctx.Item)
		}
		if got := taskctx.Above(at.ctx); got != at.want {
			t.Errorf("Above() of a context %s = %p, want %p", name, got, at.want)
		}
	}
}

// To look above a context that never ends makes no real context of the task's: all that is below that
// would be slower.
func TestAboveOfEndless(t *testing.T) {
	c := block(bg).Take()
	for name, ctx := range map[string]context.Context{
		"without cancel": context.WithoutCancel(c),
		"of such a type": wrapper{context.WithoutCancel(c)},
	} {
		if got := taskctx.Above(ctx); got != nil || c.Looked() {
			t.Errorf("Above() of a context %s = %p, Looked() of the task's = %v, want nil and false", name, got, c.Looked())
		}
	}
}

// The task is seen from contexts that functions share, however many are one below the other, and that
// one of these has ended is seen below.
func TestAboveOfManyShared(t *testing.T) {
	c := block(bg).Take()
	shared := []*taskctx.Item{c}
	for range 3 * taskctx.MaxDepth {
		shared = append(shared, new(struct{ taskctx.Block }).Share(shared[len(shared)-1], c, owner))
	}
	last := shared[len(shared)-1]
	if got := taskctx.Above(last); got != c {
		t.Errorf("Above() = %p, want that of the task, %p", got, c)
	}
	if last.SharedEnded() {
		t.Error("SharedEnded() before any has ended")
	}
	shared[1].Cancel(errBoom)
	if !last.SharedEnded() {
		t.Error("SharedEnded() = false, want true: the first one has ended")
	}
}

// So is the innermost task, however deep it is, and that what is above it had ended before a task
// below it has returned.
func TestAboveOfDeep(t *testing.T) {
	first := block(bg).Take()
	c := first
	for range taskctx.MaxDepth {
		c = block(c).Take()
	}
	var shared struct{ taskctx.Block }
	if got := taskctx.Above(shared.Share(c, c, owner)); got != c {
		t.Errorf("Above() = %p, want that of the innermost task, %p", got, c)
	}
	b := block(c)
	below := b.Take()
	first.Cancel(errBoom)
	b.EndLast()
	check(t, "returned after the end of the first task above", below, context.Canceled, errBoom)
}

// Contexts of the standard library that had ended before they were asked for Done share one channel.
// It does not lead back down.
func TestAboveOfEnded(t *testing.T) {
	c := block(bg).Take()
	canceled, cancel := context.WithCancel(c)
	cancel()
	own := wrapper{canceled}
	var shared struct{ taskctx.Block }
	if got := taskctx.Above(shared.Share(own, c, owner)); got != nil && got != c {
		t.Errorf("Above() of a context that functions share, below one that has ended = %p, want %p, or nil", got, c)
	}
}
