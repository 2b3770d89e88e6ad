package parallel

import "iter"

// feed ranges over the input in a goroutine of its own.
func (f *flow[A, B]) feed(in iter.Seq2[A, error]) {
	returned, whole := false, false
	defer func() {
		var v any
		if !returned {
			v = recover()
		}
		f.mu.Lock()
		f.fed, f.whole = true, whole
		f.panicked, f.goexit = v, !returned && v == nil
		f.mu.Unlock()
		notify(f.news)
	}()
	ctx := f.crew.Context()
	if ctx.Err() == nil {
		for a, err := range in {
			if !f.add(a, err) {
				break
			}
		}
		whole = ctx.Err() == nil
	}
	returned = true
}

// add takes an item in and waits for room for the next. It reports false if the
// flow is over.
func (f *flow[A, B]) add(a A, err error) bool {
	it := &flowItem[A, B]{a: a}
	f.mu.Lock()
	f.line = append(f.line, it)
	if err == nil {
		f.enter(it)
	} else {
		var zero B
		it.done, it.parts = true, []part[B]{{zero, err}}
	}
	f.mu.Unlock()
	if err == nil {
		f.crew.Call()
	} else {
		notify(f.news)
	}
	for {
		f.mu.Lock()
		over, room := f.ended || f.refusal != nil, len(f.line) < f.window
		f.mu.Unlock()
		if over || room {
			return !over
		}
		notify(f.news) // the window may have to grow
		select {
		case <-f.room:
		case <-f.crew.Context().Done():
			return false
		}
	}
}

// deliver yields what is due until there is no more. It reports false if the loop
// body has ended the flow.
func (f *flow[A, B]) deliver(yield func(B, error) bool) bool {
	joined := false
	for f.outer.Err() == nil {
		p, ok, more := f.due()
		switch {
		case ok:
			if !yield(p.v, p.err) {
				return false
			}
		case !more:
			return true
		case f.refused():
			if joined {
				return true
			}
			joined = true
			f.crew.Join() // what is at work is still delivered
		default:
			f.crew.Block(f.news)
		}
	}
	return true
}

func (f *flow[A, B]) refused() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refusal != nil
}

// due returns the part of a result that is due, if any, and whether more may come.
func (f *flow[A, B]) due() (p part[B], ok, more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 0; i < len(f.line); {
		it := f.line[i]
		switch {
		case len(it.parts) > 0:
			p = it.parts[0]
			it.parts = it.parts[1:]
			if it.room != nil {
				notify(it.room)
			}
			return p, true, true
		case it.done:
			f.line = append(f.line[:i], f.line[i+1:]...)
			notify(f.room)
			continue
		case !f.cfg.Unordered:
			i = len(f.line)
		}
		i++
	}
	if f.cfg.Window == 0 && len(f.line) == f.window && f.window < maxWindow {
		// The head is slow and holds up the input: look further ahead.
		f.window = min(2*f.window, maxWindow)
		notify(f.room)
	}
	if f.fed && (f.panicked != nil || f.goexit) {
		return p, false, false
	}
	return p, false, !f.fed || len(f.line) > 0
}
