package console_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A terminal gets a bar, and it is gone at the end.
func TestTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, screen := exampletest.Terminal(t)
	d := console.NewDisplay("digest", console.Total{Unit: "files", Items: 3, Bytes: 100}, tty, tty)
	_ = d.Line("a line\n")
	d.Problem(errors.New("a problem"))
	d.Close()
	drawn := screen()
	for _, want := range []string{"0/3 files", erase + "a line\r\n", erase + "digest: a problem\r\n"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the terminal never showed %q:\n%q", want, drawn)
		}
	}
	if !strings.HasSuffix(drawn, erase) {
		t.Errorf("the bar is still there: %q", drawn)
	}
}

// Lines that go elsewhere leave the bar alone. A terminal that cannot draw gets
// none.
func TestTerminalOnOneSide(t *testing.T) {
	for term, bar := range map[string]bool{"xterm": true, "dumb": false} {
		t.Setenv("TERM", term)
		tty, screen := exampletest.Terminal(t)
		var lines strings.Builder
		d := console.NewDisplay("digest", console.Total{Unit: "files", Items: 3, Bytes: 100}, &lines, tty)
		_ = d.Line("a line\n")
		d.Close()
		if drawn := screen(); strings.Contains(drawn, "a line") || strings.Contains(drawn, "0/3 files") != bar {
			t.Errorf("the %s terminal shows %q, want a bar: %t, and no line", term, drawn, bar)
		}
		if lines.String() != "a line\n" {
			t.Errorf("stdout has %q, want the line", lines.String())
		}
	}
	tty, screen := exampletest.Terminal(t)
	console.NewDisplay("digest", console.Total{}, tty, io.Discard).Close()
	if drawn := screen(); drawn != "" {
		t.Errorf("a terminal for lines shows %q, want nothing: stderr is none", drawn)
	}
}

// A terminal is asked how wide it is.
func TestNarrowTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, screen := exampletest.Terminal(t)
	require.NoError(t, unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 12}))
	console.NewDisplay("digest", console.Total{Unit: "files", Items: 30_000, Bytes: 100}, tty, tty).Close()
	if drawn := screen(); !strings.Contains(drawn, "\r0/30000 fil\x1b") {
		t.Errorf("a terminal of 12 columns shows %q, want the first 11 of the bar", drawn)
	}
}
