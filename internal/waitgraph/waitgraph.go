// Package waitgraph looks for deadlocks in a wait-for graph. Its nodes are what waits and what
// is waited for. A node goes on when all of its waits have ended, and a wait ends when any one of its
// nodes does: the literature calls that the AND-OR model. To wait for all of several nodes is to have a
// wait for each.
//
// The package has no locks and knows of no tasks.
package waitgraph

import (
	"iter"
	"slices"
)

// A Graph says what its nodes wait for.
type Graph[N comparable] interface {
	// Waits yields the waits of n, each as its nodes. A wait without nodes does not keep n.
	Waits(n N) iter.Seq[iter.Seq[N]]
}

// limit bounds how many nodes a search visits: it does not find a longer cycle.
const limit = 1024

// Reaches reports whether from is to, or cannot go on before to has ended. Then a wait of to for from
// could never end. A wait of to for any one of several nodes could never end if all of them reach to.
//
// Nodes that wait for one another, and not for to, count as free: they have been told that their
// waits never end, and are about to go on.
func Reaches[N comparable](g Graph[N], from, to N) bool {
	s := search[N]{graph: g, to: to, left: limit}
	found, _ := s.visit(from)
	return found == reaches
}

type search[N comparable] struct {
	graph Graph[N]
	to    N
	path  []N // from where it began to where it is
	left  int
}

// An answer is what a search knows of a node.
type answer uint8

const (
	free    answer = iota
	circles        // it waits for a node of the path, and whether that reaches to is not known yet
	reaches
)

// visit returns the answer for n, and, if it circles, the place of the first node of the path for
// which it waits.
func (s *search[N]) visit(n N) (found answer, up int) {
	depth := len(s.path)
	if n == s.to {
		return reaches, depth
	}
	if i := slices.Index(s.path, n); i >= 0 {
		return circles, i
	}
	if s.left--; s.left < 0 {
		return free, depth
	}
	s.path = append(s.path, n)
	found, up = s.waits(n)
	s.path = s.path[:depth]
	if found == free || found == circles && up >= depth { // these wait for one another, and for nothing else
		return free, depth
	}
	return found, up
}

// waits is visit for what n waits for.
func (s *search[N]) waits(n N) (found answer, up int) {
	up = len(s.path)
	for some := range s.graph.Waits(n) {
		if a, at := s.all(some); a != free {
			found, up = max(found, a), min(up, at)
		}
		if found == reaches {
			return found, up
		}
	}
	return found, up
}

// all is visit for a wait that any one of some nodes ends.
func (s *search[N]) all(some iter.Seq[N]) (found answer, up int) {
	up = len(s.path)
	stuck := All(some, func(m N) bool {
		a, at := s.visit(m)
		found, up = max(found, a), min(up, at)
		return a != free
	})
	if !stuck {
		return free, up
	}
	return found, up
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
