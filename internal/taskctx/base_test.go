package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A worker's values lie beneath those of the context that its task was submitted with,
// but not beneath those of another worker of the same pool.
func TestBase(t *testing.T) {
	worker := func(name string) context.Context {
		return context.WithValue(context.WithValue(bg, key{}, name), other{}, []string{name})
	}
	with := func(ctx context.Context, name, pool string) context.Context {
		return block(taskctx.WithBase(ctx, worker(name), pool)).Take()
	}
	parent := with(bg, "first", "p")
	ended := block(taskctx.WithBase(bg, worker("first"), "p"))
	over := ended.Take()
	below := derived(over)
	ended.EndLast()
	tests := map[string]struct {
		ctx  context.Context
		want string
	}{
		"a task":                          {parent, "first"},
		"its child":                       {with(parent, "second", "p"), "second"},
		"its grandchild":                  {with(with(parent, "second", "p"), "third", "p"), "third"},
		"a child below a derived context": {with(derived(stranger{parent}), "second", "p"), "second"},
		"a child that outlives it":        {with(context.WithoutCancel(parent), "second", "p"), "second"},
		"a child of one that has ended":   {with(context.WithoutCancel(over), "second", "p"), "second"},
		"one of a derived context":        {with(context.WithoutCancel(below), "second", "p"), "second"},
		"a child in another pool":         {with(parent, "second", "q"), "first"},
		"a child of that in the first":    {with(with(parent, "second", "q"), "third", "p"), "third"},
		"a value of the submitter's":      {with(context.WithValue(parent, key{}, "own"), "second", "p"), "own"},
		"without values of a worker":      {taskctx.WithBase(parent, nil, "p"), "first"},
	}
	for name, tt := range tests {
		if got := tt.ctx.Value(key{}); got != tt.want {
			t.Errorf("%s: Value() = %v, want %s", name, got, tt.want)
		}
	}
	// Values that cannot be compared.
	if got := with(parent, "second", "p").Value(other{}).([]string)[0]; got != "second" {
		t.Errorf("a child: Value() = %s, want second", got)
	}
	if got := with(parent, "second", "p").Value("none"); got != nil {
		t.Errorf("a child: Value() of what nobody has = %v, want nil", got)
	}
}
