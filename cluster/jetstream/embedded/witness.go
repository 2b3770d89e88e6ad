package embedded

import (
	"fmt"
	"log"
	"strings"
	"sync/atomic"
	"time"
)

// A witness is the log of a server, of which it keeps why the server does not start, and passes on why it stores
// nothing: both are told nowhere else.
type witness struct {
	reason chan string
	said   atomic.Pointer[time.Time] // when it last passed something on
}

// Fatalf implements server.Logger.
func (w *witness) Fatalf(format string, args ...any) {
	select {
	case w.reason <- fmt.Sprintf(format, args...):
	default: // there is a reason already
	}
}

// sayEvery is how often a witness passes something on, at most: each call that is not stored would be a line.
const sayEvery = time.Minute

// Errorf implements server.Logger.
func (w *witness) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !strings.HasPrefix(text, "JetStream ") {
		return // of a connection, which its other end can cause
	}
	now, last := time.Now(), w.said.Load()
	if (last == nil || now.Sub(*last) >= sayEvery) && w.said.CompareAndSwap(last, &now) {
		log.Printf("embedded: the server: %s", text)
	}
}

// The other methods of server.Logger have nothing to do.

func (*witness) Warnf(string, ...any)   {}
func (*witness) Noticef(string, ...any) {}
func (*witness) Debugf(string, ...any)  {}
func (*witness) Tracef(string, ...any)  {}
