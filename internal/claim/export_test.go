package claim

// What the tests look at.

const Reach = reach

// A Block is a block alone.
type Block struct{ block }

// NewBlock returns an empty block for items around i.
func NewBlock(i uint64) *Block { return &Block{block{base: baseOf(i)}} }

func (b *Block) Open(s Span)               { b.open(s) }
func (b *Block) Next() (i uint64, ok bool) { return b.next() }
func (b *Block) Last() uint64              { return b.last() }
func (b *Block) Left() Span                { return b.left() }
func (b *Block) Steal() Span               { return b.steal() }

// Skip says that the items before i have been claimed.
func (r *Range) Skip(i uint64) { r.claimed.Store(i) }

// Batch returns how many items the owner claims at once.
func (o *Owner) Batch() uint64 { return o.pace.batch }
