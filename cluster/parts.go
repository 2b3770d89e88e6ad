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

// A partQueue is the parts that the consumer has not taken yet. There are no more of them
// than places in the window, so a push never has to wait. It is no channel because a channel
// takes the memory of the whole window up front, and the window may be any number.
type partQueue[O any] struct {
	told chan struct{} // has a value if there is something to take

	mu struct {
		sync.Mutex
		parts queue.FIFO[part[O]]
		ended bool
	}
}

func (q *partQueue[O]) push(p part[O]) {
	q.mu.Lock()
	q.mu.parts.Push(&p)
	q.mu.Unlock()
	q.tell()
}

// end says that no part will follow.
func (q *partQueue[O]) end() {
	q.mu.Lock()
	q.mu.ended = true
	q.mu.Unlock()
	q.tell()
}

func (q *partQueue[O]) tell() {
	select {
	case q.told <- struct{}{}:
	default:
	}
}

// pop returns the next part; nil if there is none yet, or if none will come.
func (q *partQueue[O]) pop() (p *part[O], ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.mu.parts.Len() == 0 {
		return nil, q.mu.ended
	}
	return q.mu.parts.Pop(), false
}
