package jetstream

import (
	"sync"
	"time"
)

// A pace is how many calls a worker ends in a span of time, as of late.
type pace struct {
	span        time.Duration
	mu          sync.Mutex
	began       time.Time // the current span
	now, before int       // calls in it, and in the one before
}

// span is what a worker's calls are fetched for ahead: longer than a request to the
// server takes on a busy machine, and short beside what a caller notices.
const span = 20 * time.Millisecond

// end counts a call that has ended.
func (p *pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rollLocked()
	p.now++
}

// last returns how many calls ended in the last span.
func (p *pace) last() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rollLocked()
	return max(p.now, p.before)
}

func (p *pace) rollLocked() {
	switch now := time.Now(); {
	case now.Sub(p.began) > 2*p.span:
		p.began, p.now, p.before = now, 0, 0
	case now.Sub(p.began) > p.span:
		p.began, p.now, p.before = now, 0, p.now
	}
}
