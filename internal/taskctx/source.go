package taskctx

import "context"

// A Source gives a goroutine that runs items their contexts, from one block as long as they are
// below one context.
type Source struct {
	Owner   Owner           // of the blocks
	Base    context.Context // has values for all items, see WithBase; or nil
	Of      any             // the owner of Base
	block   *Block
	under   context.Context // what block.parent was made of
	reserve *Block          // the next block, made ahead because a lock must not be held meanwhile
}

// Block returns the block of the last item, or nil.
func (s *Source) Block() *Block { return s.block }

// Has reports whether the block is one for items below ctx with these bounds.
func (s *Source) Has(ctx context.Context, bounds *Bound) bool {
	return s.block != nil && Same(s.under, ctx) && s.block.bounds == bounds
}

// Next returns the context of an item below ctx, for a caller that holds a lock. It returns nil if a
// block has to be made: then Make is to be called without the lock.
func (s *Source) Next(ctx context.Context, mortal bool, bounds *Bound) *Item {
	if s.Has(ctx, bounds) {
		return s.block.Take()
	}
	return s.first(ctx, mortal, bounds)
}

// first is Next for the first item below ctx. It takes the block that was made ahead, if it can.
func (s *Source) first(ctx context.Context, mortal bool, bounds *Bound) *Item {
	if s.block != nil || s.Base != nil || s.reserve == nil || !s.reserve.Under(ctx, mortal, bounds, &s.Owner) {
		return nil
	}
	s.block, s.under, s.reserve = s.reserve, ctx, nil
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

// Refill makes a block for Next, if there is none.
func (s *Source) Refill() {
	if s.block == nil && s.reserve == nil {
		s.reserve = alloc(false)
	}
}

// Drop lets go of the block.
func (s *Source) Drop() {
	if s.block != nil {
		s.block.Leave()
	}
	s.block, s.under = nil, nil
}
