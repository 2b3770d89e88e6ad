package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// An adopted context ends with the one, and has the values of both: first those of the other.
func TestAdopt(t *testing.T) {
	type key string
	outer := context.WithValue(context.WithValue(context.Background(), key("a"), "outer"), key("b"), "outer")
	ctx, cancel := context.WithCancel(outer)
	values, ended := context.WithCancel(context.WithValue(context.Background(), key("a"), "inner"))
	ended()
	c := taskctx.Adopt(ctx, values)
	if a, b := c.Value(key("a")), c.Value(key("b")); a != "inner" || b != "outer" {
		t.Errorf("Value() = %v, %v, want inner, outer", a, b)
	}
	if c.Err() != nil {
		t.Errorf("Err() = %v, want nil", c.Err())
	}
	if cancel(); c.Err() != context.Canceled {
		t.Errorf("Err() = %v, want %v", c.Err(), context.Canceled)
	}
}
