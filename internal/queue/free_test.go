package queue_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// A free list returns what was put into it, each value once, and keeps a bounded number of values.
func TestFreeList(t *testing.T) {
	var l queue.FreeList[int]
	if v := l.Take(); v != nil {
		t.Fatalf("Take of an empty list = %v, want nil", v)
	}
	put := map[*int]bool{}
	for range 2 * queue.MaxFree {
		v := new(int)
		put[v] = true
		l.Put(v)
	}
	taken := 0
	for v := l.Take(); v != nil; v = l.Take() {
		taken++
		if !put[v] {
			t.Fatal("Take returns a value that is not there, or was taken already")
		}
		delete(put, v)
	}
	if taken != queue.MaxFree {
		t.Errorf("%d values are kept, want %d", taken, queue.MaxFree)
	}
	for i, v := range l[:cap(l)] {
		if v != nil {
			t.Errorf("the list still refers to the value at %d", i)
		}
	}
}

// Flows and keys that come and go allocate nothing, unless there are many of them.
func TestReuse(t *testing.T) {
	const n = 16
	var (
		r     queue.Ready[int]
		x     queue.Index[any, int]
		nodes [n]queue.Node[int]
		keys  [n]any
		order uint64
	)
	for i := range keys {
		keys[i] = 1000 + i
	}
	allocs := testing.AllocsPerRun(100, func() {
		for i := range nodes {
			order++
			nodes[i].Order = order
			r.Push(&nodes[i], 0, keys[i])
			x.Add(keys[i], i)
		}
		for i := range nodes {
			r.Took(&nodes[i])
			x.Remove(keys[i])
		}
	})
	if allocs != 0 || r.Len() != 0 || r.Flows() != 0 || len(x.Of) != 0 {
		t.Errorf("%v allocations for %d flows and keys, of which %d, %d and %d stay, want none", allocs, n, r.Len(), r.Flows(), len(x.Of))
	}
}
