package console

import (
	"io"
	"os"

	"golang.org/x/term"
)

// A Display is where a run is seen: lines on stdout, problems on stderr, and a
// progress bar below them if stderr is a terminal. Its methods are for one
// goroutine; its Progress is for all.
type Display struct {
	Progress Progress

	name           string
	stdout, stderr io.Writer
	bar            *bar // nil: not shown
	shared         bool // stdout is a terminal too, where lines would mix with the bar
}

// NewDisplay returns the display of a run of the named program. It must be
// closed.
func NewDisplay(name string, total Total, stdout, stderr io.Writer) *Display {
	d := &Display{name: name, stdout: stdout, stderr: stderr}
	if screen, ok := stderr.(*os.File); ok && isTerminal(stderr) {
		d.bar = newBar(stderr, func() int { return columns(screen) }, &d.Progress, total)
		d.shared = isTerminal(stdout)
	}
	return d
}

// Line writes a line in one piece, so that a run that dies leaves none cut, and
// processes that share stdout cut none of each other's.
func (d *Display) Line(s string) error {
	if d.shared {
		return d.bar.above(d.stdout, s)
	}
	_, err := io.WriteString(d.stdout, s)
	return err
}

// Problem reports an error and goes on. If stderr fails, there is no other place to
// report that.
func (d *Display) Problem(err error) {
	s := d.name + ": " + err.Error() + "\n"
	if d.bar != nil {
		_ = d.bar.above(d.stderr, s)
		return
	}
	_, _ = io.WriteString(d.stderr, s)
}

// Close removes the bar.
func (d *Display) Close() {
	if d.bar != nil {
		d.bar.close()
	}
}

// isTerminal reports whether w is a terminal on which a line can be drawn anew.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
