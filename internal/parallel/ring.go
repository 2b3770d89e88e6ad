package parallel

import (
	"reflect"
	"sync/atomic"
)

// A ring holds the items of a run that have been pulled and not delivered, and
// their results: item i is in slot i modulo the length. Results are split from
// inputs because they may come in another order (with Unordered a result's number
// is that of its completion), and errors are kept elsewhere, because there are few.
//
// A ring does not grow. When the window has, a new one takes the items from base
// on; the old ones are together no larger.
type ring[A, B any] struct {
	base uint64
	mask uint64
	in   []A
	out  []B
	done []atomic.Uint32 // by result: mark, when it is there
	read []atomic.Uint32 // by input: mark, when its slot may be written again

	older *ring[A, B]
	newer atomic.Pointer[ring[A, B]]
}

// newRing returns a ring of n slots, a power of two. If ordered, an input's slot
// is free when its result was delivered, and read only says that there is no
// input, because the result was there from the start. If not fed it has no inputs.
func newRing[A, B any](base, n uint64, ordered, fed bool) *ring[A, B] {
	g := &ring[A, B]{base: base, mask: n - 1, out: make([]B, n), done: make([]atomic.Uint32, n)}
	if fed {
		g.in = make([]A, n)
		g.read = g.done
		if !ordered {
			g.read = make([]atomic.Uint32, n)
		}
	}
	return g
}

// The lowest bits of a mark: a slot that was never marked is 0, and failed says
// that there is an error with the result.
const (
	failed = 1 << iota
	set
	markBits = iota
)

// mark is what a slot is marked with for item i. It differs from the marks of
// items that were in the slot before.
func mark(i uint64) uint32 { return uint32(i)<<markBits | set }

// passed reports whether a slot was marked for item i, or for a later one.
func passed(m *atomic.Uint32, i uint64) bool {
	v := m.Load()
	return v&set != 0 && int32(v>>markBits<<markBits-uint32(i)<<markBits) >= 0
}

// has reports whether result n is there.
func (g *ring[A, B]) has(n uint64) bool { return passed(&g.done[n&g.mask], n) }

// of returns the ring that item i is in, which is g or one next to it.
func (g *ring[A, B]) of(i uint64) *ring[A, B] {
	for i < g.base {
		g = g.older
	}
	for n := g.newer.Load(); n != nil && i >= n.base; n = g.newer.Load() {
		g = n
	}
	return g
}

// ceil returns the least power of two that is not less than n.
func ceil(n uint64) uint64 {
	p := uint64(1)
	for p < n {
		p *= 2
	}
	return p
}

// keeps reports whether values of a type may hold pointers: a slot must not keep
// what was taken out of it alive. Slots of other types are left as they are: to
// clear one is to take its cache line from who writes there next.
func keeps(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return keeps(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if keeps(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice, reflect.String, reflect.UnsafePointer:
		return true
	}
	return false
}
