package sched

import "runtime/debug"

// contained returns f, a function of OnDone, so that its panic is counted and told to
// the pool's observer. A Goexit goes on.
func (p *Pool) contained(f func()) func() {
	return func() {
		returned := false
		defer func() {
			if returned {
				return
			}
			if v := recover(); v != nil {
				p.callbackPanicked(v, debug.Stack())
			}
		}()
		f()
		returned = true
	}
}

func (p *Pool) callbackPanicked(value any, stack []byte) {
	p.mu.Lock()
	p.count.CallbackPanics++
	p.mu.Unlock()
	if o := p.cfg.Observer; o != nil {
		o.CallbackPanicked(p.cfg.Name, value, stack)
	}
}
