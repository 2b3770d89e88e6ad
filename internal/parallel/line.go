package parallel

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/sched"
)

// A line is the items of a run in the order of its input, as far as hands are
// concerned: who runs which. It knows their numbers and nothing else of them.
//
//	0 ... run, or in a hand's block, or astray ... claimed ... available
//
// # Blocks
//
// Claiming an item costs a write to a word that all hands write, which for
// trivial items is more than they take. So a hand claims a block of items, as
// many as it will have run within some microseconds. Nothing that is claimed and
// has not started may be out of reach of the other hands, though: an item may turn
// out slow, or wait for one that is in the same block. What others do about a
// block is in recall.go.
//
// # Nobody is forgotten
//
// Whenever there is an item that has not started, all hands have been called, or
// one is searching, or somebody is about to call one. Whoever makes an item
// available calls a hand, unless one is searching; a hand that was searching and
// has found an item calls another, if there is more; and when a hand has left,
// the crew asks for what is left. Each of them writes first and then looks at what
// the others write.
type line struct {
	crew     *sched.Crew
	limit    func() uint64 // items before this one may be claimed
	starved  func()        // a hand has found nothing
	quit     func()        // a hand has left since stop was set
	began    time.Time
	maxBlock uint64

	_         pad
	claimed   atomic.Uint64
	_         pad
	searching atomic.Int32 // hands that have found nothing and have not left
	present   atomic.Int32 // hands that have not left
	stop      atomic.Uint32
	blocks    atomic.Bool  // there has been a block of several items
	recalling atomic.Bool  // a hand is calling back blocks
	astray    atomic.Int32 // len(strays)
	cost      atomic.Int64 // of an item in ns, as last measured
	_         pad

	mu     sync.Mutex
	strays []span                    // called back, in no block
	free   []*worker                 // not in use
	all    atomic.Pointer[[]*worker] // written under mu
}

// pad keeps words that are written by different goroutines on different cache
// lines.
type pad [64]byte

// A span is the items from lo to before hi.
type span struct{ lo, hi uint64 }

func (s span) len() uint64 { return s.hi - s.lo }

// The reasons why no further item starts, bits of line.stop.
const (
	refused = 1 << iota // the executor has given the run up
	over                // the run has ended
)

// enter gives a hand a worker.
func (l *line) enter() *worker {
	l.present.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		w := l.free[n-1]
		l.free = l.free[:n-1]
		return w
	}
	w := &worker{batch: 1, patience: minPatience}
	var all []*worker
	if old := l.all.Load(); old != nil {
		all = append(all, *old...)
	}
	all = append(all, w)
	l.all.Store(&all)
	return w
}

// leave takes back the worker of a hand, and the rest of its block.
func (l *line) leave(w *worker, rest span) {
	if rest = w.close(rest); rest.len() > 0 {
		l.stray(rest)
	}
	l.mu.Lock()
	l.free = append(l.free, w)
	l.mu.Unlock()
	l.present.Add(-1)
	if l.stop.Load() != 0 {
		l.quit()
	} else if l.claimed.Load() >= l.limit() {
		l.starved() // the loop may have begun to wait since it looked
	}
}

// left reports whether there are items that have not started, except for those
// that somebody is calling back.
func (l *line) left() bool {
	return l.stop.Load() == 0 &&
		(l.astray.Load() > 0 || l.claimed.Load() < l.limit() || l.holder() != nil && !l.recalling.Load())
}

// pass calls another hand if there are items for it.
func (l *line) pass() {
	if l.searching.Load() == 0 && l.left() {
		l.crew.Call()
	}
}

// pick claims what a hand runs next.
func (l *line) pick(w *worker) (span, bool) {
	if l.astray.Load() > 0 {
		if s := l.takeStray(w.batch); s.len() > 0 {
			return s, true
		}
	}
	for {
		lo := l.claimed.Load()
		if lo >= w.limit {
			if w.limit = l.limit(); lo >= w.limit {
				return span{}, false
			}
		}
		n := uint64(1)
		if w.batch > 1 {
			// Half of a fair share, so that all hands are done at about the same time.
			hands := 2 * uint64(l.present.Load())
			n = min(w.batch, (w.limit-lo+hands-1)/hands)
		}
		if l.claimed.CompareAndSwap(lo, lo+n) {
			return span{lo, lo + n}, true
		}
	}
}

// stray makes items available that were claimed.
func (l *line) stray(s span) {
	l.mu.Lock()
	l.strays = append(l.strays, s)
	l.astray.Store(int32(len(l.strays)))
	l.mu.Unlock()
}

// takeStray claims the first n of the items that were called back.
func (l *line) takeStray(n uint64) span {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.strays) == 0 {
		return span{}
	}
	first := 0
	for i, s := range l.strays {
		if s.lo < l.strays[first].lo {
			first = i
		}
	}
	s := l.strays[first]
	n = min(n, s.len())
	l.strays[first].lo += n
	if l.strays[first].len() == 0 {
		last := len(l.strays) - 1
		l.strays[first] = l.strays[last]
		l.strays = l.strays[:last]
		l.astray.Store(int32(last))
	}
	return span{s.lo, s.lo + n}
}
