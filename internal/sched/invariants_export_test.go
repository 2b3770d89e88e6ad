//go:build invariants

package sched

import "testing"

// Violations returns what is found wrong until the end of the test, which goes on.
func Violations(t *testing.T) *[]string {
	found, before := new([]string), violated
	violated = func(what string) { *found = append(*found, what) }
	t.Cleanup(func() { violated = before })
	return found
}

// Miscount makes one of the figures of p wrong.
func (p *Pool) Miscount() {
	p.mu.Lock()
	p.count.Submitted++
	p.mu.Unlock()
}
