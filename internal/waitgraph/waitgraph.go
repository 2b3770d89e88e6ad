// Package waitgraph looks for deadlocks in a wait-for graph. Its nodes are what waits and what
// is waited for. A node goes on when each of some others has ended, and of each of its waits for
// any one of several one of these: the literature calls that the AND-OR model.
//
// The package has no locks and knows of no tasks.
package waitgraph

import (
	"iter"
	"slices"
)

// A Graph says what its nodes wait for.
type Graph[N comparable] interface {
	// Every yields the nodes that each have to end before n can go on.
	Every(n N) iter.Seq[N]
	// Any yields the waits of n that any one of several nodes can end, and nothing else.
	Any(n N) iter.Seq[iter.Seq[N]]
}

// limit bounds how many nodes a search visits. It does not find what is further away.
const limit = 1024

// Reaches reports whether from cannot go on before to, or is to, or cannot go on before a node
// that waits for itself. So a wait of to for from could never end. One for any of several nodes
// could not if all of them reach to.
func Reaches[N comparable](g Graph[N], from, to N) bool {
	s := search[N]{graph: g, to: to, left: limit}
	return s.visit(from)
}

type search[N comparable] struct {
	graph Graph[N]
	to    N
	path  []N // from where it began to where it is
	left  int
}

// visit reports whether n waits for the node, or for one that waits for itself.
func (s *search[N]) visit(n N) bool {
	if n == s.to || slices.Contains(s.path, n) {
		return true
	}
	if s.left--; s.left < 0 {
		return false
	}
	s.path = append(s.path, n)
	found := s.waits(n)
	s.path = s.path[:len(s.path)-1]
	return found
}

func (s *search[N]) waits(n N) bool {
	for m := range s.graph.Every(n) {
		if s.visit(m) {
			return true
		}
	}
	for some := range s.graph.Any(n) {
		if All(some, s.visit) {
			return true
		}
	}
	return false
}

// All reports whether f is true for all of nodes, and there are some.
func All[N any](nodes iter.Seq[N], f func(N) bool) bool {
	some := false
	for n := range nodes {
		if !f(n) {
			return false
		}
		some = true
	}
	return some
}

// Leads reports whether from is to, or cannot go on before to, as far as next tells: it returns
// the nodes that each have to end before n can go on. Each node is asked for these once, so the
// graph may change meanwhile.
func Leads[N comparable](from, to N, next func(n N) []N) bool {
	seen := map[N]bool{}
	todo := []N{from}
	for len(todo) > 0 && len(seen) < limit {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == to {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, next(n)...)
		}
	}
	return false
}
