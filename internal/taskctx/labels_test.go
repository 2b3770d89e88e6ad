package taskctx_test

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/millrace-go/millrace/internal/taskctx"
)

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
