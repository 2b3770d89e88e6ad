package taskctx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

type key struct{}

var (
	bg      = context.Background()
	errBoom = errors.New("boom")
)

// owner stands for what runs items.
var owner = &taskctx.Owner{Value: "owner"}

func block(parent context.Context) *taskctx.Block { return taskctx.NewBelow(parent, nil, owner, false) }

// check compares what a context says of its end.
func check(t *testing.T, when string, ctx context.Context, err, cause error) {
	t.Helper()
	if got := ctx.Err(); got != err {
		t.Errorf("%s: Err() = %v, want %v", when, got, err)
	}
	if got := context.Cause(ctx); got != cause {
		t.Errorf("%s: Cause() = %v, want %v", when, got, cause)
	}
	select {
	case <-ctx.Done():
		if err == nil {
			t.Errorf("%s: Done() is closed", when)
		}
	default:
		if err != nil {
			t.Errorf("%s: Done() is open", when)
		}
	}
}

// An item lives while its task runs, ends with it, and stays ended while others run;
// whether it was looked at before or not.
func TestItemLives(t *testing.T) {
	for _, looks := range []bool{false, true} {
		b := block(context.WithValue(bg, key{}, 1))
		var items []*taskctx.Item
		for b.Left() > 0 {
			c := b.Take()
			if c.Err() != nil || c.Over() || c.Ended() || c.Owner() != owner || taskctx.From(c) != c {
				t.Fatal("the context of a task that runs has ended, or has no owner")
			}
			if looks {
				check(t, "while it runs", c, nil, nil)
			}
			if c.Value(key{}) != 1 {
				t.Error("Value() while the task runs is not that of the parent")
			}
			b.EndLast()
			items = append(items, c)
			for _, c := range items {
				if !c.Over() || !c.Ended() || c.Owner() != nil || taskctx.From(c) != nil {
					t.Error("the context of a task that has returned lives")
				}
			}
		}
		for i, c := range items {
			if c.Place() != i || c.Block() != b {
				t.Errorf("item %d is at place %d", i, c.Place())
			}
			check(t, "after the task", c, context.Canceled, outcome.ErrTaskEnded)
			if c.Value(key{}) != 1 {
				t.Error("Value() after the task is not that of the parent")
			}
		}
	}
}

// Only items that are asked for a channel get a real context.
func TestItemIsCheap(t *testing.T) {
	parent, cancel := context.WithDeadline(bg, time.Now().Add(time.Hour))
	defer cancel()
	b := taskctx.NewBelow(parent, nil, nil, true)
	n := testing.AllocsPerRun(100, func() {
		c := b.Take()
		_ = c.Err()
		_ = c.Value(key{})
		_, _ = c.Deadline()
		b.EndLast()
	})
	if n != 0 || taskctx.Reals(b) != 0 || b.Looked() != 0 {
		t.Errorf("a task that does not look at Done allocates %v objects and %d real contexts, want none", n, taskctx.Reals(b))
	}
	b.Take().Done()
	if taskctx.Reals(b) != 1 {
		t.Errorf("Done() makes %d real contexts, want 1", taskctx.Reals(b))
	}
}

// What ended a context first is its cause, for those that look first later, too.
func TestCauseIsTheFirst(t *testing.T) {
	parent, cancel := context.WithCancelCause(bg)
	b := block(parent)
	before := b.Take()
	b.EndLast() // the task has returned, then the parent ends
	during := b.Take()
	looked := b.At(1)
	if looked != during {
		t.Fatal("At(1) is not the second item")
	}
	cancel(errBoom)
	b.EndLast()
	after := b.Take()
	b.EndLast()
	check(t, "a task that returned before", before, context.Canceled, outcome.ErrTaskEnded)
	check(t, "a task that ran then", during, context.Canceled, errBoom)
	check(t, "a task that came later", after, context.Canceled, errBoom)
}

// Cancel ends the context of a task that runs, for good.
func TestCancel(t *testing.T) {
	b := block(bg)
	c := b.Take()
	below := block(c).Take()
	derived, stop := context.WithCancel(c)
	defer stop()
	c.Cancel(errBoom)
	for range 2 {
		check(t, "cancelled", c, context.Canceled, errBoom)
		check(t, "below", below, context.Canceled, errBoom)
		check(t, "derived", derived, context.Canceled, errBoom)
		if !c.Ended() {
			t.Error("Ended() of a cancelled item = false")
		}
		c.Cancel(errors.New("second"))
		b.EndLast()
	}
}

// The end of what bounds the pool or a group ends the item, and Err knows at once.
func TestBounds(t *testing.T) {
	for at := range 2 {
		var bound *taskctx.Bound
		var cancels []context.CancelCauseFunc
		for range 2 {
			ctx, cancel := context.WithCancelCause(bg)
			cancels = append(cancels, cancel)
			bound = taskctx.NewBound(ctx, bound)
		}
		b := taskctx.NewBelow(bg, bound, nil, false)
		c := b.Take()
		check(t, "before", c, nil, nil)
		b.EndLast()
		quiet := b.Take()
		cancels[at](errBoom)
		if b.Bounds() != bound {
			t.Error("Bounds() is another")
		}
		check(t, "bound has ended", quiet, context.Canceled, errBoom)
		check(t, "bound has ended later", c, context.Canceled, outcome.ErrTaskEnded)
	}
}

// A limit ends the task's context at its time, and costs a timer only if it is looked at.
func TestLimit(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		b := block(bg)
		b.Take()
		b.EndLast()
		c := b.Take()
		b.Limit(time.Second, "load")
		if !c.Limited() || b.At(0).Limited() {
			t.Error("Limited() is true for the wrong item")
		}
		if at, ok := c.Deadline(); !ok || !at.Equal(time.Now().Add(time.Second)) {
			t.Errorf("Deadline() = %v, %v, want in a second", at, ok)
		}
		if _, ok := b.At(0).Deadline(); ok {
			t.Error("Deadline() of the item before = true")
		}
		if err := c.Err(); err != nil || taskctx.Reals(b) != 0 || c.Ended() {
			t.Errorf("Err() before the deadline = %v, with %d real contexts, want none", err, taskctx.Reals(b))
		}
		time.Sleep(time.Second)
		if !c.Ended() {
			t.Error("Ended() at the deadline = false")
		}
		timeout, ok := context.Cause(c).(*fault.TimeoutError)
		if want := (fault.TimeoutError{After: time.Second, Task: "load"}); !ok || *timeout != want {
			t.Errorf("Cause() at the deadline = %v, want %v", context.Cause(c), &want)
		}
		check(t, "at the deadline", c, context.DeadlineExceeded, timeout)
		b.EndLast()
		check(t, "after the task", c, context.DeadlineExceeded, timeout)

		c = b.Take()
		b.Limit(time.Second, "load")
		done := c.Done()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			t.Error("Done() is open after the deadline")
		}
		b.EndLast()

		c = b.Take()
		b.Limit(time.Second, "load")
		b.EndLast()
		time.Sleep(2 * time.Second)
		check(t, "a deadline after the task", c, context.Canceled, outcome.ErrTaskEnded)
	})
}

// The cause of an item that was aborted, and whose task returns before that was told, is that of the
// abort.
func TestEndOfAborted(t *testing.T) {
	for _, looks := range []bool{false, true} {
		b := block(bg)
		c := b.Take()
		if looks {
			c.Done()
		}
		c.Abort(errBoom)
		b.EndLast()
		check(t, "aborted, and ended", c, context.Canceled, errBoom)
	}
}

// A task has ended, then its context is looked at, and amid that the pool says that the context above
// had ended before: its deadline had passed. The look does not wait for a context that is not below it.
func TestCutAmidFirstLook(t *testing.T) {
	up := block(bg)
	parent := up.Take()
	up.Limit(time.Nanosecond, "")
	<-parent.Done()
	below := block(parent)
	c := below.Take()
	below.EndLast()
	c.LookWhile(below.Cut)
	check(t, "the context of a task that had ended when it was looked at", c, context.Canceled, outcome.ErrTaskEnded)
}

// A deadline does not give life to an item that has been ended, also if an older item was
// looked at since.
func TestLimitOfEnded(t *testing.T) {
	b := block(bg)
	older := b.Take()
	b.EndLast()
	item := b.Take()
	item.Cancel(errBoom)
	older.Done()
	b.Limit(time.Hour, "load")
	check(t, "ended before it got a deadline", item, context.Canceled, errBoom)
}

// The earlier one of two deadlines counts.
func TestLimitAndDeadline(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for _, d := range []time.Duration{time.Second, time.Hour} {
			parent, cancel := context.WithTimeout(bg, time.Minute)
			b := block(parent)
			c := b.Take()
			b.Limit(d, "load")
			want := time.Now().Add(min(d, time.Minute))
			if at, ok := c.Deadline(); !ok || !at.Equal(want) {
				t.Errorf("Deadline() = %v, %v, want %v", at, ok, want)
			}
			b.EndLast()
			cancel()
		}
	})
}

// The earliest deadline of all contexts that end the task counts.
func TestDeadlineOfBounds(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) context.Context {
		ctx, cancel := context.WithDeadline(bg, now.Add(d))
		t.Cleanup(cancel)
		return ctx
	}
	outer := taskctx.NewBound(at(2*time.Hour), taskctx.NewBound(bg, nil))
	for parent, want := range map[context.Context]time.Duration{
		bg:                time.Hour,
		at(time.Minute):   time.Minute,
		at(3 * time.Hour): time.Hour,
	} {
		c := taskctx.NewBelow(parent, taskctx.NewBound(at(time.Hour), outer), nil, false).Take()
		for _, ctx := range []context.Context{c, derived(c)} {
			if got, ok := ctx.Deadline(); !ok || !got.Equal(now.Add(want)) {
				t.Errorf("Deadline() = %v, %v, want in %v", got, ok, want)
			}
		}
	}
}

// Items below items: the end of any above is seen, at any depth, and a value is found
// without recursion of more than a bounded depth.
func TestDepth(t *testing.T) {
	const depth = 1000
	for _, ends := range []int{0, 1, taskctx.MaxDepth, depth / 2, depth - 2} {
		ctx := context.WithValue(bg, key{}, 1)
		var blocks []*taskctx.Block
		for range depth {
			b := block(ctx)
			if taskctx.Depth(b) > taskctx.MaxDepth {
				t.Fatalf("%d items ask one another, want at most %d", taskctx.Depth(b), taskctx.MaxDepth)
			}
			ctx = b.Take()
			blocks = append(blocks, b)
		}
		if ctx.Value(key{}) != 1 || ctx.Err() != nil {
			t.Fatalf("Value() = %v and Err() = %v, want 1 and none", ctx.Value(key{}), ctx.Err())
		}
		above := 0
		for c := taskctx.From(ctx); c != nil; c = taskctx.From(c.Parent()) {
			if above++; c.Block() != blocks[depth-above] {
				t.Fatalf("the task %d above is another one", above)
			}
		}
		if above != depth {
			t.Errorf("%d tasks are above, want %d", above, depth)
		}
		blocks[ends].EndLast()
		eventually(ctx) // contexts of the standard library between
		check(t, "above has ended", ctx, context.Canceled, outcome.ErrTaskEnded)
	}
}

// asked counts how often Err is called.
type asked struct {
	context.Context
	errs int
}

func (a *asked) Err() error { a.errs++; return a.Context.Err() }

// A value is looked up once at each level: that asks no context above whether it has ended, which
// would go up all levels from each.
func TestValueFromDeep(t *testing.T) {
	root := &asked{Context: context.WithValue(bg, key{}, 7)}
	c := block(root).Take()
	for range taskctx.MaxDepth / 2 {
		c = block(c).Take()
	}
	root.errs = 0
	if got := c.Value(key{}); got != 7 {
		t.Errorf("Value() = %v, want 7", got)
	}
	if root.errs != 0 {
		t.Errorf("Value() has asked %d times whether the context at the top has ended", root.errs)
	}
}

func eventually(ctx context.Context) { <-ctx.Done() }

// An owner that leaves its block is not held by contexts that are kept.
func TestLeave(t *testing.T) {
	b := block(bg)
	c := b.Take()
	b.Leave()
	if c.Owner() != nil {
		t.Errorf("Owner() after Leave() = %v, want nil", c.Owner())
	}
}
