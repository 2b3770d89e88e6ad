//go:build !race

package sched

import "sync/atomic"

// A progress is a word that one goroutine writes, plainly, after every item: an
// atomic store is a full fence and costs ten times as much. A word store is not
// torn, and whoever is synchronized with the end of an item reads it. Any other, a
// goroutine that the item has left behind, may see the item run for some
// nanoseconds longer; the hand looks at what was made meanwhile. The build for the
// race detector stores atomically.
type progress struct{ v uint32 }

func (p *progress) set(v uint32) { p.v = v }
func (p *progress) inc()         { p.v++ }
func (p *progress) get() uint32  { return atomic.LoadUint32(&p.v) }
