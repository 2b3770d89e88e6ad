package console

import (
	"bytes"
	"os"

	"golang.org/x/term"
)

// A clip passes on what a bar draws, without what would wrap on a terminal of so
// many columns: a line that wraps cannot be erased, and is left behind each time
// the bar is drawn anew. The last column stays free, because some terminals wrap
// behind it.
type clip struct {
	to      *bytes.Buffer
	columns func() int // 0: not known, and nothing is cut
}

// Write writes one line, drawn from its start. It knows carriage returns and the
// escape sequences that end with a letter; every other character takes a column.
func (c clip) Write(b []byte) (int, error) {
	width, column, escape := c.columns(), 0, false
	for _, r := range string(b) {
		switch {
		case escape:
			escape = r == '[' || r < '@' // which introduce a sequence, or are its parameters
		case r == '\x1b':
			escape = true
		case r == '\r':
			column = 0
		case width > 0 && column >= width-1:
			continue
		default:
			column++
		}
		c.to.WriteRune(r)
	}
	return len(b), nil
}

// columns returns how wide a terminal is now, 0 if it does not say.
func columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
