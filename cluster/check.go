package cluster

import (
	"context"
	"fmt"
	"unicode/utf8"
)

// check panics if a method of a task was called on a task or a client that no constructor
// has made, or without a context.
func (t *Task[I, O]) check(call string, ctx context.Context, c *Client) {
	t.checkMade(call)
	checkContext(call, ctx)
	c.check(call)
}

func (t *Task[I, O]) checkMade(call string) {
	if t == nil || t.cfg.codec == nil {
		panic("cluster: " + call + ": the task was not made by Define or Declare")
	}
}

func (c *Client) check(call string) {
	if c == nil || c.engine == nil {
		panic("cluster: " + call + ": the client was not made by NewClient")
	}
}

func checkContext(call string, ctx context.Context) {
	if ctx == nil {
		panic("cluster: " + call + ": nil context")
	}
}

// checkText panics if s is not valid UTF-8: it would be another text on the way.
func checkText(what, s string) {
	if !utf8.ValidString(s) {
		panic(fmt.Sprintf("cluster: %s %q: want valid UTF-8", what, s))
	}
}
