package taskctx

import "context"

// A Source gives a goroutine that runs items their contexts, from one block as long as they are
// below one context.
type Source struct {
	Owner Owner           // of the blocks
	Base  context.Context // has values for all items, see WithBase; or nil
	Of    any             // the owner of Base
	block *Block
	under context.Context // what block.parent was made of
}

// Block returns the block of the last item, or nil.
func (s *Source) Block() *Block { return s.block }

// Has reports whether the block is one for items below ctx with these bounds.
func (s *Source) Has(ctx context.Context, bounds *Bound) bool {
	return s.block != nil && Same(s.under, ctx) && s.block.bounds == bounds
}

// Next returns the context of an item below ctx, for a caller that holds a lock. It returns nil if a
// block has to be made: then Make is to be called without the lock. (A block that was made ahead
// saves no time: a worker that wakes for one task comes to the lock once more, and nobody else is
// there.)
func (s *Source) Next(ctx context.Context, bounds *Bound) *Item {
	if !s.Has(ctx, bounds) {
		return nil
	}
	return s.block.Take()
}

// Make returns a block with room for an item below ctx. A new one is big if it is not the first for
// ctx.
func (s *Source) Make(ctx context.Context, mortal bool, bounds *Bound) *Block {
	big := false
	if s.Has(ctx, bounds) {
		if s.block.Left() > 0 {
			return s.block
		}
		big = true
	}
	s.Drop()
	s.block, s.under = New(WithBase(ctx, s.Base, s.Of), mortal, bounds, &s.Owner, big), ctx
	return s.block
}

// Drop lets go of the block.
func (s *Source) Drop() {
	if s.block != nil {
		s.block.Leave()
	}
	s.block, s.under = nil, nil
}
