package console

import "io"

// Shown returns a display with a bar on a screen that is no terminal, and does not
// say how wide it is.
func Shown(name string, total Total, screen io.Writer) *Display {
	return ShownOn(name, total, screen, func() int { return 0 })
}

// ShownOn is [Shown] on a screen of so many columns.
func ShownOn(name string, total Total, screen io.Writer, columns func() int) *Display {
	d := &Display{name: name, stdout: screen, stderr: screen, shared: true}
	d.bar = newBar(screen, columns, &d.Progress, total)
	return d
}
