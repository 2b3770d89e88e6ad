package console_test

import (
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
)

func TestWords(t *testing.T) {
	for n, want := range []string{"0 files, 0 were", "1 file, 1 was", "2 files, 2 were"} {
		if got := console.Count(n, "file") + ", " + console.Were(n); got != want {
			t.Errorf("Count(%d, file), Were(%d) = %q, want %q", n, n, got, want)
		}
	}
}
