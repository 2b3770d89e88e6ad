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

func (g *graph) Waits(n int) iter.Seq[iter.Seq[int]] {
	g.asked++
	return func(yield func(iter.Seq[int]) bool) {
		for _, m := range g.every[n] {
			if !yield(slices.Values([]int{m})) {
				return
			}
		}
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
		{name: "a cycle of others", every: map[int][]int{1: {2}, 2: {3}, 3: {2}}},
		{name: "behind a cycle of others", every: map[int][]int{1: {2, 4}, 2: {3}, 3: {2}, 4: {0}}, want: true},
		{name: "from a cycle", every: map[int][]int{1: {2}, 2: {1, 0}}, want: true},
		{name: "it is no cycle that two lead to one", every: map[int][]int{1: {2, 3}, 2: {4}, 3: {4}}},
		{name: "any, and one of them is free", any: map[int][][]int{1: {{0, 2}}}},
		{name: "any, and all reach", any: map[int][][]int{1: {{0, 2}}, 2: {{0}}}, want: true},
		{name: "any, and one waits for itself", every: map[int][]int{2: {2}}, any: map[int][][]int{1: {{0, 2}}}},
		{name: "any, and one of them waits for the first", any: map[int][][]int{1: {{2, 0}}, 2: {{1, 0}}}, want: true},
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

// In small graphs the answer is that of the definition. The nodes that reach the target are the largest
// set of which each one is the target, or waits for one of them that is a step nearer to it: it waits
// for each of some nodes with that one, or for any of some that are all in the set.
func TestReachesIsTheFixedPoint(t *testing.T) {
	for seed := range uint64(3000) {
		g, n := random(rand.New(rand.NewPCG(seed, 1)))
		set := g.reaching(n)
		for from := range n {
			if got, want := waitgraph.Reaches(g, from, 0), set[from]; got != want {
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

// reaching returns which of n nodes reach 0.
func (g *graph) reaching(n int) []bool {
	set := slices.Repeat([]bool{true}, n)
	for {
		near := g.nearer(set)
		if slices.Equal(near, set) {
			return set
		}
		set = near
	}
}

// nearer returns which nodes of a set have a way to 0 through waits that hold as long as all of the
// set wait.
func (g *graph) nearer(set []bool) []bool {
	near := make([]bool, len(set))
	near[0] = true
	in := func(which []bool) func(int) bool { return func(k int) bool { return which[k] } }
	for changed := true; changed; {
		changed = false
		for i := range set {
			if near[i] {
				continue
			}
			near[i] = slices.ContainsFunc(g.every[i], in(near)) || slices.ContainsFunc(g.any[i], func(some []int) bool {
				return slices.ContainsFunc(some, in(near)) && waitgraph.All(slices.Values(some), in(set))
			})
			changed = changed || near[i]
		}
	}
	return near
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
}
