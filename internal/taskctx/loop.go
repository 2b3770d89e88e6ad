package taskctx

import (
	"context"
	"sync/atomic"
)

// A Progress says how far a loop is.
type Progress interface {
	// Last returns the number of the item that the loop runs. It goes up by one as an item
	// ends, after the last one too.
	Last() uint64
}

// A Loop is what runs items one after another, of one block after another. Its word tells of
// the stretch that it is in:
//
//	first<<16 | place<<8 | n
//
// n items from a place on, of which the first one has that number, or what fits of it: it
// is compared with numbers that are near. n is 0 between two stretches.
//
// Blocks that the loop has left still ask it. All items of theirs that tasks were given have
// ended. So if it says that one has, that is true; if it does not, Block.over asks Block.ended,
// which does.
type Loop struct {
	at   Progress
	word atomic.Uint64
}

// NewLoop returns a loop that is where at says.
func NewLoop(at Progress) *Loop { return &Loop{at: at} }

// Stop is the end of a loop: the items before place n have ended.
func (b *Block) Stop(n int) {
	b.ended.Store(uint32(n))
	b.loop.Load().word.Store(0)
}

// StopHere is Stop in the middle of an item, if there is a loop.
func (b *Block) StopHere() {
	if l := b.loop.Load(); l != nil {
		if w := l.word.Load(); w != 0 {
			b.Stop(int(uint8(w>>8)) + int(l.passed(w)))
		}
	}
}

// over reports whether the item at a place has ended. It looks at the loop first: if that
// is over and its word means something else by now, ended says what is true. The functions of
// a task have no end of their own that matters once the task has ended.
func (b *Block) over(place uint8) bool {
	if l := b.loop.Load(); l != nil && l.over(place) {
		return true
	}
	return b.ended.Load() > uint32(place) || b.caller != nil && b.caller.Over()
}

// over reports whether the item at a place is one of the loop's that has ended. While
// the loop runs that is exact; afterwards they all have.
func (l *Loop) over(place uint8) bool {
	w := l.word.Load()
	i := place - uint8(w>>8)
	return i < uint8(w) && l.passed(w) > uint64(i)
}

// passed returns how many items of a stretch have ended, while the loop runs.
func (l *Loop) passed(w uint64) uint64 { return (l.at.Last()<<16 - w&^(1<<16-1)) >> 16 }

// A Stretch is the contexts of items that a loop runs one after another: what Take and EndLast do,
// in pieces that the loop can keep in registers. Each item ends as the loop goes on to the next.
type Stretch struct {
	block *Block
	first int // the place of its first item
	n     int
}

// Stretch makes l run the next n items: each ends when l is past it. Looked has to be asked after
// each of them, and if it is not 0, the stretch has to be stopped.
func (b *Block) Stretch(l *Loop, n int) Stretch {
	if b.loop.Load() != l {
		b.loop.Store(l)
	}
	first := b.Ended()
	l.word.Store(l.at.Last()<<16 | uint64(first)<<8 | uint64(n))
	return Stretch{b, first, n}
}

// Len returns how many there are.
func (s Stretch) Len() int { return s.n }

// Begin returns the context of the item at i, the next one.
func (s Stretch) Begin(i int) context.Context { return s.block.At(s.first + i) }

// Looked is not 0 if an item has looked at its context. Then the stretch is over.
func (s Stretch) Looked() uint32 { return s.block.Looked() }

// Stop is the end of a stretch, after n items. It reports whether one has looked at its context.
func (s Stretch) Stop(n int) (looked bool) {
	s.block.Stop(s.first + n)
	if s.block.Looked() == 0 {
		return false
	}
	s.block.Sync()
	return true
}
