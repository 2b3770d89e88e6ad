// Package claim shares a range of numbered items among runners: each item is
// claimed exactly once, before it is run.
//
//	0 ......... claimed .................. limit
//	   |blocks|           not claimed yet        not there yet
//
//	 block of a runner:   done | first ......... end
//	                             owner ->   <- an idle runner
//
// Claiming one item from the range writes a word that all runners write, which
// for trivial items costs more than the item. So a runner claims a block of
// items, as many as it runs within some microseconds. Everything in a block that
// has not started stays within reach of the other runners: the next item may be
// slow, or may wait for one further on in the same block.
//
// # The word of a block
//
// A block is one word, {first, end} of 32 bits each. Its owner adds one to first
// before each item. An idle runner that finds nothing in the range lowers end by
// compare-and-swap and so steals the second half of what is left. Both are atomic
// operations on the same word, so each item is in exactly one place: the result of
// the owner's addition says whether the item was still in the block, and the
// thief's swap fails if the owner has moved meanwhile. Nobody asks or waits.
//
// Both halves are relative to the base of the block, a multiple of 2^31 that never
// changes. So the word alone says which items have not started, and a thief whose
// swap succeeds has seen the truth, whatever happened since it read the word. A
// range may be longer than 2^32 items: blocks end at multiples of 2^31, and a
// runner that goes past one gets a new block.
//
// # No item is forgotten
//
// What is left in the block of a runner that leaves stays there: it can be stolen, and the next
// runner that enters goes on with it. A runner that looks for items looks in the range, then in
// the blocks of others, and leaves if all are empty. What makes items available calls a runner
// unless one is searching, a runner that found a block calls the next one, and after a runner has
// left Left is asked once more. Each of them writes first and then looks at what the others
// write, with sequentially consistent atomics, so that of two one sees the other.
package claim
