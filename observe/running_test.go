package observe

import "testing"

// An entry is taken out once: who takes it out again takes no other along.
func TestRemovedTwice(t *testing.T) {
	var l live[int]
	first, second := &entry[int]{id: 1}, &entry[int]{id: 1 + shards} // of one shard
	l.add(first)
	l.add(second)
	l.remove(first)
	l.remove(first)
	var left []*entry[int]
	if n := l.each(2, func(e *entry[int]) { left = append(left, e) }); n != 1 || len(left) != 1 || left[0] != second {
		t.Errorf("%d entries are counted, %d are there, want the second alone", n, len(left))
	}
}
