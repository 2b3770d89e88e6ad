package taskctx

import "context"

// MaxDepth is for tests.
const MaxDepth = maxDepth

// NewBelow is New for a parent of which it is not known whether it can end.
func NewBelow(parent context.Context, bounds *Bound, owner *Owner, big bool) *Block {
	return New(parent, mortal(parent), bounds, owner, big)
}

// Reals returns how many real contexts there are in a block.
func Reals(b *Block) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for m := b.made; m != nil; m = m.next {
		if m.real.Load() != nil {
			n++
		}
	}
	return n
}

// Depth returns how many blocks are above b without a real context between.
func Depth(b *Block) int { return int(b.depth) }

// Place returns the place of an item in its block.
func (c *Item) Place() int { return int(c.place) }

// LookWhile looks at c for the first time, and calls f amid that: the real context is there, and is
// told of what has ended it after f.
func (c *Item) LookWhile(f func()) {
	c.real()
	f()
	c.ready()
}
