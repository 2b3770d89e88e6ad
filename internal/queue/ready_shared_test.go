package queue_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// Queues that share turns take them together: between two turns of a flow each other one that has
// something there, or wherever the value has waited before, has one. Values go from one queue to
// another meanwhile, which is no turn.
func TestReadySharesTurns(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 9))
		home := new(queue.Ready[int])
		queues := []*queue.Ready[int]{home, new(queue.Ready[int]), new(queue.Ready[int])}
		for _, r := range queues[1:] {
			r.Under(home)
		}
		type place struct {
			node *queue.Node[int]
			in   int
		}
		const flows = 3
		waits := make([][]place, flows)
		order := uint64(0)
		for flow := range flows {
			for range 60 {
				order++
				at := place{&queue.Node[int]{Item: queue.Item[int]{Value: flow, Order: order}}, random.IntN(len(queues))}
				queues[at.in].Push(at.node, 0, flow)
				waits[flow] = append(waits[flow], at)
			}
		}
		since := make([][flows]int, flows) // of each flow: the turns of the others since its last one
		for range 100 {
			for range random.IntN(4) { // moves of the first of a flow: it comes back at once, or waits elsewhere
				at := &waits[random.IntN(flows)][0]
				queues[at.in].Remove(at.node)
				at.in = random.IntN(len(queues))
				queues[at.in].Push(at.node, 0, at.node.Value)
			}
			for _, flow := range waits { // all are in the home when the next one is chosen
				at := &flow[0]
				queues[at.in].Remove(at.node)
				at.in = 0
				home.Push(at.node, 0, at.node.Value)
			}
			flow, _ := home.Next(0, false)
			home.Took(waits[flow][0].node)
			waits[flow] = waits[flow][1:]
			for other := range flows {
				if other != flow {
					since[other][flow]++
				}
				if n := since[other][flow]; n > 1 {
					t.Fatalf("seed %d: flow %d has %d turns while %d waits, want one", seed, flow, n, other)
				}
			}
			since[flow] = [flows]int{}
			for _, flow := range waits {
				if len(flow) < 2 {
					return
				}
			}
		}
	}
}

// A value that is not in a queue precedes those there by its priority, by the turn of its flow, and
// by its order in that.
func TestReadyPrecedes(t *testing.T) {
	var home, r queue.Ready[int]
	r.Under(&home)
	if !r.Precedes(-1, nil, 9) {
		t.Error("Precedes() = false in an empty queue, want true")
	}
	nodes := make([]queue.Node[int], 4)
	for i := range nodes {
		nodes[i].Order = uint64(10 * (i + 1))
	}
	home.Push(&nodes[0], 0, "first")
	r.Push(&nodes[1], 0, "second")
	home.Push(&nodes[2], 0, "third")
	home.Push(&nodes[3], 0, "second")
	for _, c := range []struct {
		priority int
		flow     any
		order    uint64
		want     bool
	}{
		{1, "new", 99, true},
		{-1, "first", 1, false},
		{0, "first", 99, true},
		{0, "third", 1, false},
		{0, "new", 1, false},
		{0, nil, 1, false},
		{0, "second", 19, true},
		{0, "second", 21, false},
	} {
		if got := r.Precedes(c.priority, c.flow, c.order); got != c.want {
			t.Errorf("Precedes(%d, %v, %d) = %v, want %v", c.priority, c.flow, c.order, got, c.want)
		}
	}
	home.Took(&nodes[0])
	if r.Precedes(0, "first", 99) {
		t.Error("Precedes() = true for a flow that has had its turn since")
	}
}

// A flow that waits nowhere any more is forgotten also by the queue whose turns another one shares.
func TestReadyForgetsSharedFlows(t *testing.T) {
	var home, r queue.Ready[int]
	r.Under(&home)
	var kept queue.Node[int]
	r.Push(&kept, 0, "kept")
	for i := range 100 {
		var n queue.Node[int]
		r.Push(&n, i, &n)
		r.Remove(&n)
	}
	if flows := home.Flows(); flows != 1 {
		t.Errorf("%d flows are known, want the one that waits", flows)
	}
	r.Remove(&kept)
	if flows := home.Flows(); flows != 0 {
		t.Errorf("%d flows are known, want none", flows)
	}
}

// The flow of a value that goes from one queue to another keeps its turn, if it is the only one.
func TestReadyKeepsTurn(t *testing.T) {
	var home, r queue.Ready[int]
	r.Under(&home)
	var a, b [2]queue.Node[int]
	for i := range a {
		a[i].Value, a[i].Order = i, uint64(i)
		b[i].Value, b[i].Order = 10+i, uint64(10+i)
	}
	r.Push(&b[0], 0, "b")
	r.Push(&a[0], 0, "a") // its turn is after that of b
	home.Push(&a[1], 0, "a")
	home.Keep(&b[0], func() {
		r.Let(&b[0])
		home.Push(&b[0], 0, "b")
	})
	if v, ok := home.Next(0, false); v != 10 || !ok {
		t.Errorf("Next() = %v, %v, want 10: it is the turn of b still", v, ok)
	}
	home.Keep(&b[0], func() {
		home.Remove(&b[0])
		r.Push(&b[0], 0, "b")
	})
	if v, ok := r.Next(0, false); v != 10 || !ok {
		t.Errorf("Next() of the other queue = %v, %v, want 10", v, ok)
	}
	r.Remove(&b[0])
	r.Remove(&a[0])
	home.Remove(&a[1])
	var moved queue.Node[int]
	home.Keep(&moved, func() { home.Push(&moved, 0, nil) }) // from no queue
	if home.Remove(&moved); home.Len() != 0 || home.Flows() != 0 {
		t.Errorf("%d values and %d flows stay, want none", home.Len(), home.Flows())
	}
}
