package taskctx_test

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// A reader counts how often the labels were asked for.
type reader struct{ asked int }

func (r *reader) LabelsRead() { r.asked++ }

// An owner is told when its task asks for labels, and of nothing else.
func TestLabelsRead(t *testing.T) {
	r := new(reader)
	labelled := pprof.WithLabels(context.WithValue(bg, key{}, 1), pprof.Labels("a", "b"))
	b := taskctx.NewBelow(labelled, nil, &taskctx.Owner{Value: r}, false)
	c := b.Take()
	_, _ = c.Value(key{}), c.Err()
	if r.asked != 0 {
		t.Errorf("the owner was told %d times, though nobody has asked for labels", r.asked)
	}
	if v, ok := pprof.Label(c, "a"); !ok || v != "b" || r.asked != 1 {
		t.Errorf("Label() = %q, %v, and the owner was told %d times, want those of the parent, and once", v, ok, r.asked)
	}
	if pprof.Do(c, pprof.Labels("c", "d"), func(context.Context) {}); r.asked < 2 {
		t.Error("the owner was not told of pprof.Do")
	}
	b.EndLast()
	before := r.asked
	if pprof.Label(c, "a"); r.asked != before {
		t.Error("the owner was told when its task had returned")
	}
}

// Labels are those of the context, and those of a context without any are none.
func TestLabels(t *testing.T) {
	labelled := context.WithValue(pprof.WithLabels(bg, pprof.Labels("a", "b")), key{}, 1)
	if v, ok := pprof.Label(taskctx.Labels(labelled), "a"); !ok || v != "b" {
		t.Errorf("Label() = %q, %v, want b", v, ok)
	}
	pprof.ForLabels(taskctx.Labels(bg), func(name, _ string) bool {
		t.Errorf("a context without labels has %q", name)
		return true
	})
}
