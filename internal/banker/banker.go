// Package banker finds out which requests can never be granted, if each owner of requests gives
// nothing back until all of its requests are granted: the banker's algorithm.
package banker

import "slices"

// An Amount is N of a resource, of which there is Max.
type Amount struct {
	Of     any
	N, Max int64
}

// A Request is made by its owner By, which may make several. For says what it is for.
type Request[H comparable, R any] struct {
	By    H
	Holds []Amount   // by the owner: the same in all its requests
	Needs [][]Amount // beside what all owners hold; each by itself, one after the other
	For   R
}

// Held returns how much of each resource the owners of the requests hold.
func Held[H comparable, R any](requests []Request[H, R]) map[any]int64 {
	return account(requests).held
}

// Stuck returns what the last of the requests that can never be granted is for, false if there is
// none. A request that fits beside what all owners hold can be granted. If its owner has no other
// request, the owner ends, and gives back what it holds; then other requests may fit.
func Stuck[H comparable, R any](requests []Request[H, R]) (last R, ok bool) {
	b := account(requests)
	left := slices.Clone(requests)
	for n := -1; n != len(left); {
		n = len(left)
		left = slices.DeleteFunc(left, func(r Request[H, R]) bool {
			fits := !slices.ContainsFunc(r.Needs, b.lacks)
			if fits {
				b.add(r.By, r.Holds, -1)
			}
			return fits
		})
	}
	if len(left) == 0 {
		return last, false
	}
	return left[len(left)-1].For, true
}

// A book has what is held, and how many requests of each owner are not granted.
type book[H comparable] struct {
	held map[any]int64
	open map[H]int
}

func account[H comparable, R any](requests []Request[H, R]) book[H] {
	b := book[H]{make(map[any]int64), make(map[H]int)}
	for _, r := range requests {
		b.add(r.By, r.Holds, 1)
	}
	return b
}

// add counts a request with n = 1, and with n = -1 one that is granted. The first request of an
// owner adds what the owner holds, and the last one takes it off.
func (b book[H]) add(by H, holds []Amount, n int) {
	was := b.open[by]
	if b.open[by] += n; was > 0 && b.open[by] > 0 {
		return
	}
	for _, a := range holds {
		b.held[a.Of] += int64(n) * a.N
	}
}

// lacks reports whether there is not enough of something.
func (b book[H]) lacks(needs []Amount) bool {
	return slices.ContainsFunc(needs, func(a Amount) bool { return a.N > a.Max-b.held[a.Of] })
}
