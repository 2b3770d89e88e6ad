package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// What is derived from a context ends with it at once, but for one with a Done of its own.
func TestHeard(t *testing.T) {
	alive, cancel := context.WithCancel(bg)
	defer cancel()
	item := block(alive).Take()
	for name, c := range map[string]struct {
		ctx  context.Context
		want bool
	}{
		"one that cannot end":         {bg, true},
		"one of the standard library": {alive, true},
		"one with a value":            {context.WithValue(alive, key{}, 1), true},
		"one that wraps another":      {stranger{alive}, true},
		"a task's":                    {item, true},
		"below a task's":              {derived(item), true},
		"one with a Done of its own":  {&late{Context: alive, done: make(chan struct{})}, false},
	} {
		if got := taskctx.Heard(c.ctx); got != c.want {
			t.Errorf("Heard() of %s = %v, want %v", name, got, c.want)
		}
	}
}
