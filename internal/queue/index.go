package queue

import "maps"

// few is for how many values a queue keeps memory that it does not need: most of the time it
// is about to get one value again.
const few = 8

// keepValues is for how many values an Index, or Ages, keeps room: some kilobytes. Users of the same
// hundred keys, which come and go, would make a map grow and shrink all the time.
const keepValues = 128

// An Index is a map that gives the room back which it once needed. The zero value is empty.
type Index[K comparable, V any] struct {
	Of   map[K]V // to be read
	most int     // values since Of was made
}

// Add adds v, or puts it in the place of what is there.
func (x *Index[K, V]) Add(k K, v V) {
	if x.Of == nil {
		x.Of = make(map[K]V)
	}
	x.Of[k] = v
	x.most = max(x.most, len(x.Of))
}

// Remove takes out what is there.
func (x *Index[K, V]) Remove(k K) {
	delete(x.Of, k)
	if x.most <= keepValues || len(x.Of) > x.most/4 {
		return
	}
	of := make(map[K]V, len(x.Of))
	maps.Copy(of, x.Of)
	x.Of, x.most = of, len(of)
}
