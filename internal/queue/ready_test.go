package queue_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/queue"
)

// An entry is a value of the model.
type entry struct {
	priority int
	flow     any // nil: none
	order    uint64
	node     *queue.Node[*entry] // nil: kept in the list outside
}

// A model is what a Ready and the list beside it hold, in the plainest form.
type model struct {
	entries []*entry
	turns   map[int][]any // of each priority: the flows in the order of their turns
}

// flows puts flows that have entries now at the end of the turns, and takes out those
// that have none.
func (m *model) flows(priority int) []any {
	has := map[any]bool{}
	for _, e := range m.entries {
		if e.priority == priority {
			has[e.flow] = true
		}
	}
	turns := slices.DeleteFunc(m.turns[priority], func(f any) bool { return !has[f] })
	for _, e := range m.entries { // in the order in which they were pushed
		if e.priority == priority && !slices.Contains(turns, e.flow) {
			turns = append(turns, e.flow)
		}
	}
	m.turns[priority] = turns
	return turns
}

// next returns the entry whose turn it is, or nil.
func (m *model) next() (first *entry) {
	if len(m.entries) == 0 {
		return nil
	}
	high := m.entries[0].priority
	for _, e := range m.entries {
		high = max(high, e.priority)
	}
	flow := m.flows(high)[0]
	for _, e := range m.entries {
		if e.priority == high && e.flow == flow && (first == nil || e.order < first.order) {
			first = e
		}
	}
	return first
}

// take takes out e, whose turn it was if took.
func (m *model) take(e *entry, took bool) {
	m.entries = slices.DeleteFunc(m.entries, func(x *entry) bool { return x == e })
	if took {
		turns := m.turns[e.priority]
		if i := slices.Index(turns, e.flow); i >= 0 {
			m.turns[e.priority] = append(slices.Delete(turns, i, i+1), e.flow)
		}
	}
	m.flows(e.priority)
}

// Without flows the order is that of priorities, then of submission, whatever part of
// the values is kept in the list outside.
func TestReadyOrder(t *testing.T) {
	checkReady(t, func(random *rand.Rand) (priority int, flow any) { return random.IntN(5) - 2, nil }, true)
}

// Flows of one priority take turns.
func TestReadyFlows(t *testing.T) {
	flows := []any{nil, "a", "b", 3}
	checkReady(t, func(random *rand.Rand) (priority int, flow any) {
		return random.IntN(3) - 1, flows[random.IntN(len(flows))]
	}, false)
}

// checkReady compares a queue with the model. list says whether values without a flow
// and a priority are kept outside.
func checkReady(t *testing.T, draw func(*rand.Rand) (int, any), list bool) {
	var r queue.Ready[*entry]
	m := model{turns: map[int][]any{}}
	random := rand.New(rand.NewPCG(1, 2))
	for step := range uint64(rounds / 4) {
		switch n := len(m.entries); {
		case n < 30 && random.IntN(5) < 3:
			e := &entry{order: step}
			e.priority, e.flow = draw(random)
			if !list || e.priority != 0 || random.IntN(2) == 0 {
				e.node = &queue.Node[*entry]{}
				e.node.Value, e.node.Order = e, e.order
				r.Push(e.node, e.priority, e.flow)
			}
			m.entries = append(m.entries, e)
			m.flows(e.priority)
		case n > 0 && random.IntN(4) == 0:
			e := m.entries[random.IntN(n)]
			if e.node != nil && !r.Remove(e.node) {
				t.Fatal("Remove of a value that is there = false")
			}
			m.take(e, false)
		default:
			takeNext(t, &r, &m)
		}
	}
	for len(m.entries) > 0 {
		takeNext(t, &r, &m)
	}
	if r.Len() != 0 {
		t.Errorf("Len() = %d at the end, want 0", r.Len())
	}
}

// takeNext takes out the value whose turn it is, of both.
func takeNext(t *testing.T, r *queue.Ready[*entry], m *model) {
	t.Helper()
	order, listed := uint64(0), false
	for _, e := range m.entries {
		if e.node == nil && (!listed || e.order < order) {
			order, listed = e.order, true
		}
	}
	want := m.next()
	got, ok := r.Next(order, listed)
	switch {
	case want == nil || want.node == nil:
		if ok {
			t.Fatalf("Next() = %+v, want that of the list", *got)
		}
	case !ok || got != want:
		t.Fatalf("Next() = %v, %v, want %+v", got, ok, *want)
	}
	if want == nil {
		return
	}
	if high, ok := r.Priority(listed); !ok || high != want.priority {
		t.Fatalf("Priority() = %d, %v, want %d", high, ok, want.priority)
	}
	r.Took(want.node)
	m.take(want, true)
}

// Flows that are over are not held on to, while others go on.
func TestReadyForgetsFlows(t *testing.T) {
	var r queue.Ready[int]
	r.Push(&queue.Node[int]{Item: queue.Item[int]{Order: 1}}, 0, "goes on")
	var gone []weak.Pointer[[64]int]
	for i := range uint64(10) {
		flow := new([64]int)
		gone = append(gone, weak.Make(flow))
		n := &queue.Node[int]{Item: queue.Item[int]{Order: 2 + i}}
		r.Push(n, 0, flow)
		r.Remove(n)
	}
	collected(t, gone)
	if r.Len() != 1 {
		t.Errorf("Len() = %d, want 1", r.Len())
	}
	runtime.KeepAlive(&r)
}

// The list outside takes part in the turns of its priority, as the lane of what has no
// flow.
func TestReadyListTakesTurns(t *testing.T) {
	var r queue.Ready[uint64]
	nodes := map[uint64]*queue.Node[uint64]{}
	for i := range uint64(3) {
		n := &queue.Node[uint64]{Item: queue.Item[uint64]{Value: i, Order: i}}
		nodes[i] = n
		r.Push(n, 0, "flow")
	}
	list, want := []uint64{10, 11, 12}, []uint64{0, 10, 1, 11, 2, 12}
	for _, w := range want {
		v, ok := r.Next(list[0], true)
		if !ok {
			v = list[0]
		}
		if v != w {
			t.Fatalf("the next is %d, want %d; all in turns: %v", v, w, want)
		}
		r.Took(nodes[v])
		if !ok {
			list = append(list[1:], 99)
		}
	}
}

// What goes through an empty queue costs no memory, whatever its priority and flow.
func TestReadyAllocates(t *testing.T) {
	var r queue.Ready[int]
	n := &queue.Node[int]{}
	priority := 0
	if got := testing.AllocsPerRun(100, func() {
		priority++
		r.Push(n, priority%3, n)
		r.Next(0, false)
		r.Took(n)
	}); got != 0 {
		t.Errorf("a value costs %v allocations, want none", got)
	}
}

// The list outside keeps its turn while nothing else waits: a flow that comes back over and over does
// not pass it.
func TestReadyListKeepsItsTurn(t *testing.T) {
	var r queue.Ready[string]
	var n queue.Node[string]
	for round := range 10 {
		r.Push(&n, 0, "flow")
		if round > 0 { // or else it is new, like the list
			if _, ok := r.Next(99, true); ok {
				t.Fatalf("round %d: the flow has come back, and is next, want the list", round)
			}
			r.Took(nil)
		}
		if _, ok := r.Next(99, true); !ok {
			t.Fatalf("round %d: the list is next once more, want the flow", round)
		}
		r.Took(&n)
	}
}
