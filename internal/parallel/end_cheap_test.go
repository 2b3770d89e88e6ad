package parallel_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// An item that fails among trivial ones, which share what is done between them, is the one
// that is told of, and the only one that is counted as failed.
func TestFailureAmongCheapItems(t *testing.T) {
	const items, bad = 1000, 700
	errBad := errors.New("bad")
	for kind, fail := range map[string]func() error{
		"error":  func() error { return errBad },
		"panic":  func() error { panic(errBad) },
		"Goexit": func() error { runtime.Goexit(); return nil },
	} {
		want := errBad
		if kind == "Goexit" {
			want = outcome.ErrGoexit
		}
		for name, run := range all {
			if name == "Flat" && kind == "error" {
				continue // an error of a sequence does not fail the item
			}
			inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
				err := run(bg, p, items, func(_ context.Context, v int) (int, error) {
					if v == bad {
						return 0, fail()
					}
					return v, nil
				}, newConfig())
				if !errors.Is(err, want) {
					t.Errorf("%s, %s: %v, want that of item %d", name, kind, err, bad)
				}
				good := uint64(items - 1)
				if strings.HasPrefix(name, "For") || name == "MapSlice" {
					good = bad
				}
				if s := p.Stats(); s.Failed != 1 || s.Succeeded != good {
					t.Errorf("%s, %s: %d have succeeded and %d failed, want %d and 1", name, kind, s.Succeeded, s.Failed, good)
				}
			})
		}
	}
}
