package embedded

import "fmt"

// A witness is the log of a server, of which it keeps why the server does not start: that is
// told nowhere else.
type witness chan string

// Fatalf implements server.Logger.
func (w witness) Fatalf(format string, args ...any) {
	select {
	case w <- fmt.Sprintf(format, args...):
	default: // there is a reason already
	}
}

// The other methods of server.Logger have nothing to do.

func (witness) Errorf(string, ...any)  {}
func (witness) Warnf(string, ...any)   {}
func (witness) Noticef(string, ...any) {}
func (witness) Debugf(string, ...any)  {}
func (witness) Tracef(string, ...any)  {}
