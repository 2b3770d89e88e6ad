package queue

import "maps"

// few is for how many values a queue keeps memory that it does not need: most of the time it
// is about to get one value again.
const few = 8

// An index is a map that gives the room back which it once needed.
type index[K comparable, V any] struct {
	of   map[K]V
	most int // values since of was made
}

func (x *index[K, V]) add(k K, v V) {
	if x.of == nil {
		x.of = make(map[K]V)
	}
	x.of[k] = v
	x.most = max(x.most, len(x.of))
}

func (x *index[K, V]) remove(k K) {
	delete(x.of, k)
	if x.most <= few || len(x.of) > x.most/4 {
		return
	}
	of := make(map[K]V, len(x.of))
	maps.Copy(of, x.of)
	x.of, x.most = of, len(of)
}
