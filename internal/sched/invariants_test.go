//go:build invariants

package sched_test

import (
	"strings"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// What is wrong is found at the end of the next section.
func TestInvariantsAreLookedAt(t *testing.T) {
	found := sched.Violations(t)
	p := sched.New(options.NewPool(nil))
	p.Resize(1)
	p.Miscount()
	p.Resize(2)
	if v := strings.Join(*found, "; "); !strings.Contains(v, "0 tasks are queued, counted are 1") {
		t.Errorf("a wrong figure: %q, want that it was found", v)
	}
}
