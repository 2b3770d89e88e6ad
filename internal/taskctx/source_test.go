package taskctx_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A source takes items from one block while they are below one context, makes a big one if they go
// on, and gives an item under a lock only if no block has to be made for it.
func TestSource(t *testing.T) {
	bg := context.Background()
	other, cancel := context.WithCancel(bg)
	defer cancel()
	var s taskctx.Source
	if s.Next(bg, nil) != nil {
		t.Fatal("Next() of nothing is a context")
	}
	first := s.Make(bg, false, nil)
	if s.Next(bg, nil) == nil || !s.Has(bg, nil) || s.Has(other, nil) {
		t.Fatal("Next() does not use the block that there is")
	}
	if s.Next(other, nil) != nil {
		t.Error("Next() gives an item of a block below another context")
	}
	few := first.Left()
	for range few {
		first.EndLast()
	}
	if s.Next(bg, nil) != nil {
		t.Error("Next() gives an item of a block that is used up")
	}
	if b := s.Make(bg, false, nil); b == first || b.Left() <= few {
		t.Errorf("the second block has %d items, want more than the %d of the first", b.Left(), few)
	} else if s.Make(bg, false, nil) != b {
		t.Error("Make() makes a block though there is room")
	}
	if b := s.Make(other, true, nil); b.Left() != few {
		t.Errorf("the first block below another context has %d items, want %d", b.Left(), few)
	}
	if s.Drop(); s.Block() != nil || s.Has(other, nil) {
		t.Error("Drop() leaves a block")
	}
}
