package observe

import (
	"maps"
	"sync"
	"time"
)

// The history of a pool is kept for five minutes, in steps.
const (
	historyStep  = 5 * time.Second
	historySteps = 60
	historyPools = 256 // at most; the names of others count together
	otherPools   = "(other)"
)

// history is how many tasks ended when. The goroutines that end tasks, or turn them away, write to it, so
// nothing has to run for it while nothing happens.
type history struct {
	shards [shards]struct {
		mu    sync.Mutex
		pools map[string]*series
		swept int64    // in which step silent pools were looked for
		_     [40]byte // on a cache line of its own
	}
}

// A series is the history of a pool: a ring of steps.
type series [historySteps]struct {
	step int64 // which it is; another one: it is an old one
	sample
}

// A sample is what has happened in some time. An attempt that another one has followed is taken
// back: it is neither a task that has ended nor one that has failed.
type sample struct {
	ended, failed, turnedAway int64
	wait                      time.Duration // of those that ended, together
}

func (s *sample) add(o sample) {
	s.ended += o.ended
	s.failed += o.failed
	s.turnedAway += o.turnedAway
	s.wait += o.wait
}

func stepOf(at time.Time) int64 { return at.UnixNano() / int64(historyStep) }

// add adds what has happened at a time, in one of the shards.
func (h *history) add(shard uint64, pool string, at time.Time, what sample) {
	s, step := &h.shards[shard%shards], stepOf(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	ring := s.pools[pool]
	if ring == nil && len(s.pools) >= historyPools && s.swept != step {
		s.swept = step // once a step: it takes a while
		maps.DeleteFunc(s.pools, func(_ string, r *series) bool { return r.silent(step) })
	}
	if ring == nil && len(s.pools) >= historyPools {
		pool = otherPools
		ring = s.pools[pool]
	}
	if ring == nil {
		if s.pools == nil {
			s.pools = map[string]*series{}
		}
		ring = new(series)
		s.pools[pool] = ring
	}
	slot := &ring[step%historySteps]
	if slot.step > step {
		return // a retry, so late that its last attempt is not in the history any more
	}
	if slot.step < step {
		slot.step, slot.sample = step, sample{}
	}
	slot.add(what)
}

// silent reports whether a series has nothing of the last steps.
func (r *series) silent(step int64) bool {
	for i := range r {
		if r[i].step > step-historySteps {
			return false
		}
	}
	return true
}

// of returns the history of a pool until now, the oldest step first, or nil if it has none. The
// last step is not over yet and left out.
func (h *history) of(pool string, now time.Time) (sum []sample) {
	first := stepOf(now) - historySteps + 1
	for i := range h.shards {
		s := &h.shards[i]
		s.mu.Lock()
		if ring := s.pools[pool]; ring != nil {
			if sum == nil {
				sum = make([]sample, historySteps-1)
			}
			for _, slot := range ring {
				if n := slot.step - first; n >= 0 && n < int64(len(sum)) {
					sum[n].add(slot.sample)
				}
			}
		}
		s.mu.Unlock()
	}
	return sum
}
