package cluster

import (
	"sync"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/queue"
)

// A part is what the sender passes to the consumer: a call of n items, or an error in
// the place of one.
type part[O any] struct {
	future *future.Future[[]future.Result[O]]
	n      int
	err    error
}

// A handover is the parts that the consumer has not taken yet. There are no more of them
// than places in the window, so a push never has to wait. It is no channel because a channel
// takes the memory of the whole window up front, and the window may be any number.
type handover[O any] struct {
	told chan struct{} // has a value if there is something to take

	mu struct {
		sync.Mutex
		parts queue.FIFO[part[O]]
		ended bool
	}
}

func (h *handover[O]) push(p part[O]) {
	h.mu.Lock()
	h.mu.parts.Push(&p)
	h.mu.Unlock()
	h.tell()
}

// end says that no part will follow.
func (h *handover[O]) end() {
	h.mu.Lock()
	h.mu.ended = true
	h.mu.Unlock()
	h.tell()
}

func (h *handover[O]) tell() {
	select {
	case h.told <- struct{}{}:
	default:
	}
}

// pop returns the next part; nil if there is none yet, or if none will come.
func (h *handover[O]) pop() (p *part[O], ended bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mu.parts.Len() == 0 {
		return nil, h.mu.ended
	}
	return h.mu.parts.Pop(), false
}
