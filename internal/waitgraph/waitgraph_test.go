package waitgraph_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/waitgraph"
)

// A graph of numbered nodes.
type graph struct {
	every map[int][]int
	any   map[int][][]int
	asked int
}

func (g *graph) Every(n int) iter.Seq[int] {
	g.asked++
	return slices.Values(g.every[n])
}

func (g *graph) Any(n int) iter.Seq[iter.Seq[int]] {
	return func(yield func(iter.Seq[int]) bool) {
		for _, some := range g.any[n] {
			if !yield(slices.Values(some)) {
				return
			}
		}
	}
}

func TestReaches(t *testing.T) {
	for _, c := range []struct {
		name  string
		every map[int][]int
		any   map[int][][]int
		want  bool // whether 1 reaches 0
	}{
		{name: "no wait"},
		{name: "directly", every: map[int][]int{1: {0}}, want: true},
		{name: "the other way", every: map[int][]int{0: {1}}},
		{name: "in a chain", every: map[int][]int{1: {2}, 2: {3}, 3: {0}}, want: true},
		{name: "by one of several", every: map[int][]int{1: {2, 3}, 3: {4, 0}}, want: true},
		{name: "through a node that waits for itself", every: map[int][]int{1: {2}, 2: {3}, 3: {2}}, want: true},
		{name: "it is no cycle that two lead to one", every: map[int][]int{1: {2, 3}, 2: {4}, 3: {4}}},
		{name: "any, and one of them is free", any: map[int][][]int{1: {{0, 2}}}},
		{name: "any, and all reach", any: map[int][][]int{1: {{0, 2}}, 2: {{0}}}, want: true},
		{name: "any, and one waits for itself", every: map[int][]int{2: {2}}, any: map[int][][]int{1: {{0, 2}}}, want: true},
		{name: "any of none", any: map[int][][]int{1: {{}}}},
		{name: "any in one wait, and in another", any: map[int][][]int{1: {{2}, {0}}}, want: true},
		{name: "any behind every", every: map[int][]int{1: {2}, 3: {0}}, any: map[int][][]int{2: {{3, 0}}}, want: true},
		{name: "every behind any", every: map[int][]int{2: {0, 4}}, any: map[int][][]int{1: {{2}}}, want: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := waitgraph.Reaches(&graph{every: c.every, any: c.any}, 1, 0); got != c.want {
				t.Errorf("Reaches(1, 0) = %v, want %v", got, c.want)
			}
		})
	}
	if !waitgraph.Reaches(new(graph), 1, 1) {
		t.Error("a node does not reach itself")
	}
}

// In small graphs the answer is that of the definition: a node is free if it waits for nothing
// that is not free, and reaches the target if it never is while the target is not.
func TestReachesIsTheFixedPoint(t *testing.T) {
	for seed := range uint64(3000) {
		g, n := random(rand.New(rand.NewPCG(seed, 1)))
		free := g.free(n)
		for from := range n {
			if got, want := waitgraph.Reaches(g, from, 0), !free[from]; got != want {
				t.Fatalf("seed %d: Reaches(%d, 0) = %v, want %v, in %v", seed, from, got, want, *g)
			}
		}
	}
}

func (g graph) String() string { return fmt.Sprintf("every %v, any %v", g.every, g.any) }

func random(r *rand.Rand) (*graph, int) {
	n := 2 + r.IntN(5)
	g := &graph{every: map[int][]int{}, any: map[int][][]int{}}
	for i := 1; i < n; i++ {
		for range r.IntN(3) {
			if r.IntN(2) == 0 {
				g.every[i] = append(g.every[i], r.IntN(n))
				continue
			}
			some := make([]int, 1+r.IntN(3))
			for k := range some {
				some[k] = r.IntN(n)
			}
			g.any[i] = append(g.any[i], some)
		}
	}
	return g, n
}

// free returns which of n nodes can go on while 0 cannot.
func (g *graph) free(n int) []bool {
	free := make([]bool, n)
	goesOn := func(i int) bool {
		return !slices.ContainsFunc(g.every[i], func(k int) bool { return !free[k] }) &&
			!slices.ContainsFunc(g.any[i], func(some []int) bool {
				return !slices.ContainsFunc(some, func(k int) bool { return free[k] })
			})
	}
	for changed := true; changed; {
		changed = false
		for i := 1; i < n; i++ {
			if !free[i] && goesOn(i) {
				free[i], changed = true, true
			}
		}
	}
	return free
}

// A search ends, however large the graph is.
func TestLimit(t *testing.T) {
	const n = 60
	g := &graph{every: map[int][]int{}}
	for i := 1; i < n; i++ {
		g.every[i] = []int{i + 1, i + 1} // there are 2^58 paths
	}
	if waitgraph.Reaches(g, 1, 0) || g.asked > 2000 {
		t.Errorf("Reaches() = true, or it asked %d times, want false and some 1,000", g.asked)
	}
	endless := 0
	if waitgraph.Leads(1, 0, func(n int) []int { endless++; return []int{n + 1} }) || endless > 2000 {
		t.Errorf("Leads() = true, or it asked %d times, want false and some 1,000", endless)
	}
}

func TestLeads(t *testing.T) {
	every := map[int][]int{1: {2, 3}, 2: {1, 3}, 3: {4}, 5: {6}}
	asked := map[int]int{}
	next := func(n int) []int { asked[n]++; return every[n] }
	for _, c := range []struct {
		from, to int
		want     bool
	}{{1, 4, true}, {2, 4, true}, {1, 1, true}, {4, 1, false}, {1, 6, false}, {3, 1, false}} {
		clear(asked)
		if got := waitgraph.Leads(c.from, c.to, next); got != c.want {
			t.Errorf("Leads(%d, %d) = %v, want %v", c.from, c.to, got, c.want)
		}
		for n, times := range asked {
			if times > 1 {
				t.Errorf("Leads(%d, %d) asked node %d %d times, want once", c.from, c.to, n, times)
			}
		}
	}
}
