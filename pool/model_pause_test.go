package pool_test

import (
	"errors"
	"fmt"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
)

func (m *model) opPause() {
	n := m.in.next()
	if !m.cfg.pauses {
		return
	}
	switch n % 8 {
	case 0, 1, 2, 3:
		m.pause()
	case 4, 5, 6:
		m.resume()
	case 7:
		m.drop()
	}
}

// pause pauses the pool. Once what had started by then has come to its function, no other
// one is called.
func (m *model) pause() {
	m.logf("  pause")
	m.reached("pause")
	m.aside(m.p.Pause)
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.levers.paused = true
}

func (m *model) resume() {
	m.logf("  resume")
	m.reached("resume")
	m.mu.Lock()
	m.levers.paused = false
	m.mu.Unlock()
	m.aside(m.p.Resume)
}

// endPause resumes the pool, which is being closed: that waits for what is pending.
func (m *model) endPause(closed <-chan struct{}) {
	m.mu.Lock()
	paused := m.levers.paused
	m.mu.Unlock()
	if !paused {
		return
	}
	synctest.Wait()
	select {
	case <-closed:
		if left := m.unsettled(); len(left) > 0 {
			m.failf("Close() has returned in a pause; left are %v", left)
		}
	default:
	}
	m.resume()
}

// checkPaused checks a task that starts. How long a map goes on is its own business. m.mu is
// held.
func (m *model) checkPaused(t *modelTask) {
	if m.levers.paused && !t.item && !t.unsure {
		m.failf("%v starts, though the pool is paused", t)
	}
}

// drop drops what is pending, and checks that this is all of it.
func (m *model) drop() {
	m.rest()
	m.mu.Lock()
	cause := fmt.Errorf("model: drop %d", len(m.levers.drops))
	m.levers.drops = append(m.levers.drops, cause)
	var pending []*modelTask
	for _, t := range m.tasks {
		if t.called != 0 && t.starts == 0 && t.seen == nil {
			pending = append(pending, t)
		}
	}
	m.mu.Unlock()
	n := -1 // a function of OnDone that calls Goexit ends the call
	m.aside(func() { n = m.p.Drop(cause) })
	m.logf("  Drop() = %d", n)
	if n > 0 {
		m.reached("drop")
	}
	synctest.Wait()
	dropped, unknown := 0, 0
	for _, t := range pending {
		if m.wasDropped(t, cause) {
			dropped++
		} else if t.parent != nil {
			unknown++ // its submitter lends, and has no slot yet
		}
	}
	if n >= 0 && (n < dropped || n > dropped+unknown) && !m.sleeping() {
		m.failf("Drop() = %d; were pending %v", n, pending)
	}
}

// wasDropped reports whether t, which was pending, has settled with the cause of a Drop; it
// fails if t is still pending, or ended otherwise.
func (m *model) wasDropped(t *modelTask, cause error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case t.permit && t.seen != nil:
		return errors.Is(t.seen.err, cause)
	case t.f == nil:
		if !m.sleeping() && t.parent == nil {
			m.failf("%v was pending, and is so after Drop", t)
		}
		return false
	}
	r, settled := t.f.Poll()
	if !settled || t.f.State() != future.Cancelled || !errors.Is(r.Err, cause) {
		m.failf("%v was pending; after Drop it is %v, %v", t, t.f.State(), r.Err)
	}
	return true
}
