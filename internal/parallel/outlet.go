package parallel

import "sync"

// outletSize is how many items of a sequence may wait for the consumer.
const outletSize = 16

// An outlet is where items of sequences wait for the consumer: with Unordered
// those of all sequences, otherwise those of one.
type outlet[B any] struct {
	mu     sync.Mutex
	parts  []part[B]
	closed bool            // nothing more will come
	over   bool            // nothing more is wanted
	waited bool            // the consumer waits for it
	held   []chan struct{} // of hands that wait for room
}

// A part is an item of a sequence; with Unordered it may be its last one, or no item
// and nothing but the end.
type part[B any] struct {
	v    B
	err  error
	of   uint64 // the number of the sequence
	none bool
	end  bool
}

// put adds a part. If the outlet is full, the caller has to wait for hold before it
// adds another. It reports whether the consumer is to be told, and false for
// wanted if the run is over.
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

// ended marks the last item of a sequence, if it is still there. It reports false if
// not: then a part has to say so.
func (o *outlet[B]) ended(of uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.parts) - 1; i >= 0; i-- {
		if o.parts[i].of == of {
			o.parts[i].end = true
			return true
		}
	}
	return o.over
}

// close says that nothing more comes. It reports whether the consumer is to be
// told.
func (o *outlet[B]) close() (tell bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	tell, o.waited = o.waited, false
	return tell
}

// take returns what has come, in the place of a slice that is not needed any
// more, and lets hands go on. more is false if that was all.
func (o *outlet[B]) take(old []part[B]) (parts []part[B], more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	parts, o.parts = o.parts, old
	o.releaseLocked()
	return parts, !o.closed
}

// end says that nothing more is wanted, and lets hands go on.
func (o *outlet[B]) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.releaseLocked()
}

func (o *outlet[B]) releaseLocked() {
	for _, hold := range o.held {
		hold <- struct{}{} // one place, and it is waited for
	}
	clear(o.held)
	o.held = o.held[:0]
}

// ready reports whether there is something to take. If not, the consumer will be
// told.
func (o *outlet[B]) ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waited = len(o.parts) == 0 && !o.closed
	return !o.waited
}
