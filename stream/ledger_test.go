package stream_test

import (
	"sync/atomic"

	"github.com/millrace-go/millrace/stream"
)

// A ledger holds how many items were pulled from a source, and how many of those
// were delivered. Its reader is the loop body: the item that it has is
// delivered, and none can be while it runs, so that ahead is exact.
type ledger struct {
	pulled    atomic.Int64
	delivered int
}

// count returns s, with its items counted as they are pulled.
func (l *ledger) count(s ints) ints {
	return stream.FromSeq2(func(yield func(int, error) bool) {
		for v, err := range s.All(bg) {
			l.pulled.Add(1)
			if !yield(v, err) {
				return
			}
		}
	})
}

func (l *ledger) ahead() int { return int(l.pulled.Load()) - l.delivered }
