package fault_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/millrace-go/millrace/internal/fault"
)

// spiteful is an error that panics when it is asked for its text.
type spiteful struct{}

func (spiteful) Error() string { panic("spite") }

// Whatever the value, the text is one line that can be printed.
func TestErrorIsOneLine(t *testing.T) {
	const start = "future: task panicked: "
	for _, c := range []struct {
		value any
		want  string
	}{
		{"boom", "boom"},
		{7, "7"},
		{nil, "<nil>"},
		{errBoom, "boom"},
		{`say "no" to C:\n`, `say "no" to C:\n`},
		{"two\nlines\r\n\tof text", `two\nlines\r\n\tof text`},
		{"an escape \x1b[31m and a bell \a", `an escape \x1b[31m and a bell \a`},
		{"a line separator \u2028 of Unicode", `a line separator \u2028 of Unicode`},
		{"", ""},
		{"übergrößenträger 水車", "übergrößenträger 水車"},
		{strings.Repeat("a", 500), strings.Repeat("a", 500)},
		{strings.Repeat("a", 501), strings.Repeat("a", 500) + "…"},
		{strings.Repeat("a", 499) + "水車", strings.Repeat("a", 499) + "…"},
		{"not UTF-8: \xff\xfe.", "not UTF-8: �."},
		{strings.Repeat("\x80", 600), "�…"},
		{spiteful{}, "%!v(PANIC=Error method: spite)"},
	} {
		got := (&fault.PanicError{Value: c.value}).Error()
		if got != start+c.want || !utf8.ValidString(got) {
			t.Errorf("Error() of a panic with %#v = %q, want %q", c.value, got, start+c.want)
		}
	}
}

// An error recovered twice stays on its line.
func TestErrorOfError(t *testing.T) {
	inner := &fault.PanicError{Value: "a\nb", Stack: []byte("stack")}
	if got, want := (&fault.PanicError{Value: inner}).Error(), `future: task panicked: future: task panicked: a\nb`; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
