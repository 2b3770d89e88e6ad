package queue_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/queue"
)

// seeds are the programs that a fuzz target starts from, each of one byte a step.
func seeds(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x10\x20\x01\x02\x03\x80\x90\xff"))
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{10, 300, 2000} {
		program := make([]byte, n)
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		f.Add(program)
	}
}

// A FIFO is a slice, whatever is done to it.
func FuzzFIFO(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		var q queue.FIFO[int]
		var model []*int
		for step, op := range program {
			switch op % 8 {
			case 0, 1, 2, 3:
				for range op/8 + 1 { // many: over the ends of chunks
					v := &step
					q.Push(v)
					model = append(model, v)
				}
			case 7:
				keep := func(v *int) bool { return *v%3 != int(op/8)%3 }
				q.Tidy(keep)
				model = slices.DeleteFunc(slices.Clone(model), func(v *int) bool { return !keep(v) })
			default:
				for range min(int(op/4), len(model)) {
					if q.Pop() != model[0] {
						t.Fatalf("step %d: Pop() is not the first value", step)
					}
					model = model[1:]
				}
			}
			checkFIFO(t, &q, model, true)
		}
	})
}

// A heap is a sorted slice, whatever is done to it. Equal orders may leave in any order.
func FuzzHeap(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, program []byte) {
		var h queue.Heap[uint64]
		var model []*queue.Item[uint64]
		for step, op := range program {
			switch n := len(model); {
			case n == 0 || op%4 < 2:
				item := &queue.Item[uint64]{Order: uint64(op)<<32 + uint64(step)}
				h.Push(item)
				at, _ := slices.BinarySearchFunc(model, item, byOrder)
				model = slices.Insert(model, at, item)
			case op%4 == 2:
				if pop(&h) != model[0] {
					t.Fatalf("step %d: Pop() is not the value of the lowest order", step)
				}
				model = model[1:]
			default:
				at := int(op/4) % n
				if !h.Remove(model[at]) || h.Remove(model[at]) {
					t.Fatalf("step %d: Remove() of a value, twice: want true, then false", step)
				}
				model = slices.Delete(model, at, at+1)
			}
			checkHeap(t, &h, model)
		}
	})
}

// A Ready starts values by priority, then flows in turns, then by order, whatever is
// done to it, and wherever the values without a flow are kept.
func FuzzReady(f *testing.F) {
	seeds(f)
	flows := []any{nil, "a", "b", 3}
	f.Fuzz(func(t *testing.T, program []byte) {
		var r queue.Ready[*entry]
		m := model{turns: map[int][]any{}}
		for step, op := range program {
			switch n := len(m.entries); {
			case op%4 < 2 && n < 100:
				e := &entry{order: uint64(step), priority: int(op/4)%3 - 1, flow: flows[op/16%4]}
				e.node = &queue.Node[*entry]{}
				e.node.Value, e.node.Order = e, e.order
				r.Push(e.node, e.priority, e.flow)
				m.entries = append(m.entries, e)
				m.flows(e.priority)
			case op%4 == 2 && n > 0:
				e := m.entries[int(op/4)%n]
				if !r.Remove(e.node) || r.Remove(e.node) {
					t.Fatalf("step %d: Remove() of a value, twice: want true, then false", step)
				}
				m.take(e, false)
			default:
				takeNext(t, &r, &m)
			}
			checkAll(t, &r, &m)
		}
	})
}

// checkAll compares what a queue holds with the model, order aside.
func checkAll(t *testing.T, r *queue.Ready[*entry], m *model) {
	t.Helper()
	seen := map[*entry]int{}
	r.Each(func(e *entry) { seen[e]++ })
	if r.Len() != len(m.entries) || len(seen) != len(m.entries) {
		t.Fatalf("Len() = %d and Each() sees %d values, want %d", r.Len(), len(seen), len(m.entries))
	}
	counts := func(e *entry) bool { return e.order%3 > 0 }
	first, any := uint64(0), false
	for _, e := range m.entries {
		if seen[e] != 1 {
			t.Fatalf("Each() sees %+v %d times, want once", *e, seen[e])
		}
		if counts(e) && (!any || e.order < first) {
			first, any = e.order, true
		}
	}
	if order, ok := r.FirstOf(counts); order != first || ok != any {
		t.Fatalf("FirstOf() = %d, %t, want %d, %t", order, ok, first, any)
	}
}

// While two flows have work, the values that have started of each never differ by more
// than one; also if one of them is the list outside, and values are taken out meanwhile.
func TestReadyFlowsAreEven(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		evenFlows(t, random, 2+random.IntN(4), random.IntN(2) == 0)
	}
}

func evenFlows(t *testing.T, random *rand.Rand, n int, outside bool) {
	var r queue.Ready[int]
	nodes := make([][]*queue.Node[int], n)
	list := uint64(0) // of flow 0, if that is kept outside: how many are left
	order := uint64(0)
	push := func(flow int) {
		order++
		node := &queue.Node[int]{Item: queue.Item[int]{Value: flow, Order: order}}
		nodes[flow] = append(nodes[flow], node)
		r.Push(node, 0, flow+1)
	}
	for flow := range n {
		if flow == 0 && outside {
			list = 200
			continue
		}
		for range 200 {
			push(flow)
		}
	}
	count := make([]int, n)
	for step := range 100 * n {
		flow, ok := r.Next(1000+uint64(step), list > 0)
		if ok {
			r.Took(nodes[flow][0])
			nodes[flow] = nodes[flow][1:]
		} else {
			r.Took(nil)
			flow = 0
			list--
		}
		count[flow]++
		if low, high := slices.Min(count), slices.Max(count); high > low+1 {
			t.Fatalf("with %d flows, outside %v: after %d starts the flows have had %v", n, outside, step, count)
		}
		if victim := random.IntN(n); random.IntN(4) == 0 && len(nodes[victim]) > 1 {
			r.Remove(nodes[victim][len(nodes[victim])-1])
			nodes[victim] = nodes[victim][:len(nodes[victim])-1]
			push(victim)
		}
	}
}

// A heap and a queue that have become empty hold no memory of what they once held.
func TestEmptyHoldsNothing(t *testing.T) {
	const n = 100_000
	var h queue.Heap[int]
	var r queue.Ready[int]
	nodes := make([]queue.Node[int], n)
	items := make([]queue.Item[int], n)
	before := memory.InUse()
	for i := range nodes {
		nodes[i].Order, items[i].Order = uint64(i), uint64(n-i)
		r.Push(&nodes[i], i%5000, i%7)
		h.Push(&items[i])
	}
	for i := range nodes {
		r.Remove(&nodes[i])
		h.Remove(&items[i])
	}
	if after := memory.InUse(); after > before+64<<10 {
		t.Errorf("an empty heap and an empty queue hold %d bytes of %d values", after-before, n)
	}
	runtime.KeepAlive(&h)
	runtime.KeepAlive(&r)
	runtime.KeepAlive(nodes)
	runtime.KeepAlive(items)
}
