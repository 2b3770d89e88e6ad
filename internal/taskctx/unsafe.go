package taskctx

import (
	"context"
	"unsafe"
)

// All that the library does with package unsafe is in this file, and in package unshared.

// The sizes of blocks. Making a block of 255 costs a task a nanosecond; one of 8 has
// 96 bytes.
const (
	small = 8
	large = 255
)

// A largeBlock is a Block with room for the rest of its items behind it.
type largeBlock struct {
	Block
	_ [large - small]Item
}

// places are what the items of a new block hold.
var places = func() (items [large]Item) {
	for i := range items {
		items[i].place = uint8(i)
	}
	return items
}()

func alloc(big bool) *Block {
	if !big {
		b := &Block{size: small}
		copy(b.items[:], places[:])
		return b
	}
	b := &new(largeBlock).Block
	b.size = large
	copy(unsafe.Slice(&b.items[0], large), places[:])
	return b
}

// item returns the item at a place. It and the block are one object: package
// unsafe, rule 3 (a pointer into an object, by arithmetic that stays inside it).
func (b *Block) item(place uint8) *Item {
	return (*Item)(unsafe.Add(unsafe.Pointer(&b.items), uintptr(place)))
}

// Block returns the block that c is of, by the same rule: an item is never outside
// of one.
func (c *Item) Block() *Block {
	return (*Block)(unsafe.Add(unsafe.Pointer(c), -int(unsafe.Offsetof(Block{}.items))-int(c.place)))
}

// Same reports whether a and b are one context. Contexts that cannot be compared are the
// same if they are one object, like those that can: it is the two words of an interface
// that are compared (package unsafe, rule 1), word by word:
// each submit does this, and by way of IDs it took longer.
func Same(a, b context.Context) bool {
	return (*[2]uintptr)(unsafe.Pointer(&a))[0] == (*[2]uintptr)(unsafe.Pointer(&b))[0] &&
		(*[2]uintptr)(unsafe.Pointer(&a))[1] == (*[2]uintptr)(unsafe.Pointer(&b))[1]
}

// An ID tells contexts apart for as long as they are kept, as Same does: the key of a map
// must be comparable, and contexts need not be.
type ID [2]uintptr

// IDOf returns the ID of ctx.
func IDOf(ctx context.Context) ID { return *(*ID)(unsafe.Pointer(&ctx)) }

// sameValue is Same for any value.
func sameValue(a, b any) bool {
	return *(*[2]uintptr)(unsafe.Pointer(&a)) == *(*[2]uintptr)(unsafe.Pointer(&b))
}
