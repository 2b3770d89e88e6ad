package taskctx

// A Progress says how far a loop is.
type Progress interface {
	// Last returns the number of the item that the loop runs. It goes up by one as an item
	// ends, after the last one too.
	Last() uint64
}

// A loop is what runs n items of a block, from a place on.
type loop struct {
	at       Progress
	first    uint64 // the number of the first item
	place, n uint8
}

// Loop begins a loop over the next n items, which it takes by At: each ends when at
// says so. Looked has to be asked after each of them, and if it is not 0, the loop has
// to stop and to call Sync.
func (b *Block) Loop(at Progress, n int) {
	b.loop.Store(&loop{at, at.Last(), uint8(b.ended.Load()), uint8(n)})
}

// Stop is the end of a loop: the items before place n have ended.
func (b *Block) Stop(n int) {
	b.ended.Store(uint32(n))
	b.loop.Store(nil)
}

// StopHere is Stop in the middle of an item.
func (b *Block) StopHere() {
	if l := b.loop.Load(); l != nil {
		b.Stop(int(l.place) + int(l.at.Last()-l.first))
	}
}

// over reports whether the item at a place has ended. It looks at the loop first: if that
// is over and its word means something else by now, ended says what is true.
func (b *Block) over(place uint8) bool {
	if l := b.loop.Load(); l != nil && l.over(place) {
		return true
	}
	return b.ended.Load() > uint32(place)
}

// over reports whether the item at a place is one of the loop's that has ended. While
// the loop runs that is exact; afterwards they all have.
func (l *loop) over(place uint8) bool {
	i := place - l.place
	return i < l.n && l.at.Last()-l.first > uint64(i)
}
