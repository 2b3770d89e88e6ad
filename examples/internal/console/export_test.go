package console

import "io"

// Shown returns a display with a bar on a screen that is no terminal.
func Shown(name string, total Total, screen io.Writer) *Display {
	d := &Display{name: name, stdout: screen, stderr: screen, shared: true}
	d.bar = newBar(screen, &d.Progress, total)
	return d
}
