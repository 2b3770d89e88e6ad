package queue_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// The list outside keeps its turn while the queue is empty: a flow that comes back each time
// when its value has started does not pass the list over and over.
func TestListKeepsItsTurn(t *testing.T) {
	var r queue.Ready[int]
	list := 0
	for order := range uint64(20) {
		n := &queue.Node[int]{Item: queue.Item[int]{Order: 100 + order}}
		r.Push(n, 0, "flow")
		if _, ok := r.Next(1, true); ok {
			r.Took(n)
			continue
		}
		r.Took(nil)
		list++
		r.Remove(n)
	}
	if list < 9 {
		t.Errorf("the list has had %d of 20 turns, want half of them", list)
	}
}
