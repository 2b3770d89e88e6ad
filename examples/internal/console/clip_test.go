package console_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/millrace-go/millrace/examples/internal/console"
)

var escape = regexp.MustCompile(`\x1b\[[\d;]*[A-Za-z]`)

// A bar never takes the whole width of a terminal, which may change meanwhile:
// what wraps could not be erased. Lines above it are left whole.
func TestBarDoesNotWrap(t *testing.T) {
	line := strings.Repeat("long ", 50) + "\n"
	for _, width := range []int{1, 2, 20, 40, 72, 200} {
		synctest.Test(t, func(t *testing.T) {
			var screen bytes.Buffer
			columns := 300
			d := console.ShownOn("digest", console.Total{Unit: "files", Items: 80_000, Bytes: 4_000_000_000}, &screen, func() int { return columns })
			d.Progress.Items.Store(20_000)
			d.Progress.Bytes.Store(1_000_000_000)
			second()
			screen.Reset()
			columns = width
			_ = d.Line(line)
			second()
			d.Close()
			drawn := escape.ReplaceAllString(screen.String(), "")
			if !strings.Contains(drawn, line) {
				t.Errorf("the line is not whole on a terminal of %d columns: %q", width, drawn)
			}
			for _, s := range strings.FieldsFunc(strings.Replace(drawn, line, "", 1), func(r rune) bool { return r == '\r' }) {
				if n := utf8.RuneCountInString(s); n > width-1 {
					t.Errorf("on a terminal of %d columns the bar takes %d: %q", width, n, s)
				}
			}
			if width >= 20 && !strings.Contains(drawn, "20000/80000 files"[:min(17, width-1)]) {
				t.Errorf("on a terminal of %d columns the bar does not show how many are done: %q", width, drawn)
			}
		})
	}
}
