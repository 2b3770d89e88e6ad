package queue_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// Flows whose nodes come back have their turns again, in the order in which they come back, and
// before all others; after that they take turns as before.
func TestReadyGivesTurnsBack(t *testing.T) {
	var r queue.Ready[string]
	nodes := make(map[string]*queue.Node[string])
	for i, v := range []string{"a1", "b1", "c1", "a2", "b2", "c2"} {
		n := &queue.Node[string]{Item: queue.Item[string]{Value: v, Order: uint64(i)}}
		nodes[v] = n
		r.Push(n, 0, v[:1])
	}
	take := func(want ...string) {
		t.Helper()
		for _, want := range want {
			got, ok := r.Next(0, false)
			if !ok || got != want {
				t.Fatalf("Next() = %q, %v, want %q", got, ok, want)
			}
			r.Took(nodes[got])
		}
	}
	back := func(values ...string) {
		for _, v := range values {
			r.Return(nodes[v], 0, v[:1])
		}
	}
	take("a1", "b1", "c1")
	back("b1", "c1")
	take("b1", "c1", "a2", "b2")
	back("a2", "b2")
	take("a2", "b2", "c2")
	back("c2")
	take("c2")
	if n := r.Len(); n != 0 {
		t.Errorf("Len() = %d, want 0", n)
	}
}
