package parallel

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/sched"
)

// A worker is what the line knows of a hand. Of two hands that come one after
// the other the second has the first one's experience.
type worker struct {
	_      pad
	next   progress      // the first item of the block that has not been started
	end    atomic.Uint64 // of the block; 0: there is none
	recall atomic.Uint32 // what others want of the block, see recall.go
	_      pad

	taken span          // what was seized; for the hand, when recall is seized
	asked time.Duration // when it was asked, and how often it was looked at since;
	looks int           // for the one who calls back

	// For the hand alone.
	limit    uint64        // items before this one may be claimed, at least
	several  bool          // it has a block that others may call back
	batch    uint64        // how many it claims at once
	patience int           // how often it yields the processor before it leaves
	since    time.Duration // when it began with the current block
	rested   time.Duration // when it last yielded the processor
	quantum  time.Duration // after which it does so again, if more than the usual
}

// The bounds of worker.patience. Leaving and being called again costs about as
// much as ten rounds of looking for an item.
const (
	minPatience = 1
	maxPatience = 8
)

// parkPatience is how often the loop and the feeder yield the processor before they
// park.
const parkPatience = 1

// find returns what the hand runs next, false if it is to leave. ran is how many
// items it has run since the last time.
func (l *line) find(w *worker, h *sched.Hand, ran uint64) (s span, ok bool) {
	w.close(span{})
	l.pace(w, ran)
	if s, ok = l.pick(w); !ok {
		if s, ok = l.search(w, h); !ok {
			return s, false
		}
		w.since = l.now()
	}
	if s.len() > 1 {
		w.open(s)
		if !l.blocks.Load() {
			l.blocks.Store(true)
		}
	}
	l.pass()
	return s, true
}

// search looks for an item for a while.
func (l *line) search(w *worker, h *sched.Hand) (s span, ok bool) {
	l.searching.Add(1)
	recaller := false
	for n := 0; l.stop.Load() == 0; n++ {
		if s, ok = l.pick(w); ok {
			break
		}
		l.starved()
		switch v := l.holder(); {
		case v != nil && (recaller || l.recalling.CompareAndSwap(false, true)):
			recaller = true
			l.callBack(v)
		case n >= w.patience:
			h = nil
		}
		if h == nil || h.Yield() {
			break
		}
		runtime.Gosched()
	}
	if recaller {
		l.recalling.Store(false)
	}
	l.searching.Add(-1)
	if ok {
		w.patience = min(2*w.patience, maxPatience)
	} else {
		w.patience = max(w.patience/2, minPatience)
	}
	return s, ok
}
