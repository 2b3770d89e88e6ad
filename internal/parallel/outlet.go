package parallel

import "sync"

// outletSize is how many items of a sequence may wait for the caller.
const outletSize = 16

// An outlet is where items of sequences wait for the caller: if unordered those of all
// sequences, otherwise those of one.
type outlet[B any] struct {
	mu     sync.Mutex
	parts  []part[B]
	ended  uint64          // sequences that have, and all of whose parts were taken
	over   bool            // nothing more is wanted
	waited bool            // the caller waits for it
	held   []chan struct{} // of runners that wait for room
}

// A part is an item of a sequence, or an error.
type part[B any] struct {
	v    B
	err  error
	ends uint64 // how many sequences have ended with it, whose parts are before it
}

// put adds a part. If the outlet is full, the runner has to wait for hold before it adds
// another. It reports whether the caller is to be told, and false for wanted if the run is
// over.
func (o *outlet[B]) put(hold chan struct{}, p part[B]) (full, tell, wanted bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return false, false, false
	}
	o.parts = append(o.parts, p)
	if full = len(o.parts) >= outletSize && hold != nil; full {
		o.held = append(o.held, hold)
	}
	tell, o.waited = o.waited, false
	return full, tell, true
}

// end says that a sequence has ended: all of its parts were put. It reports whether the
// caller is to be told.
func (o *outlet[B]) end() (tell bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.parts); n > 0 {
		o.parts[n-1].ends++
	} else {
		o.ended++
	}
	tell, o.waited = o.waited, false
	return tell
}

// take returns what has come, in the place of a slice that is not needed any more, and how
// many sequences had ended before; and lets runners go on.
func (o *outlet[B]) take(old []part[B]) (parts []part[B], ended uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	parts, o.parts = o.parts, old
	ended, o.ended = o.ended, 0
	o.release()
	return parts, ended
}

// close says that nothing more is wanted, and lets runners go on.
func (o *outlet[B]) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.release()
}

func (o *outlet[B]) release() {
	for _, hold := range o.held {
		hold <- struct{}{} // one place, and it is waited for
	}
	clear(o.held)
	o.held = o.held[:0]
}

// ready reports whether there is something to take. If not, the caller will be told.
func (o *outlet[B]) ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waited = len(o.parts) == 0 && o.ended == 0
	return !o.waited
}
