package figures_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

type source pool.Stats

func (s source) Stats() pool.Stats { return pool.Stats(s) }

// Pools of the same name are one. A pool that was removed is none, but what it has counted
// stays while others of its name are there.
func TestPools(t *testing.T) {
	var p figures.Pools
	a := source{Name: "a", Workers: 2, Running: 1, Queued: 3, QueueLimit: 5, MaxWeight: 7, OldestQueued: time.Second, Submitted: 10}
	b := source{Name: "b", QueueLimit: -1}
	more := source{Name: "a", Workers: 3, Running: 1, Queued: 4, QueueLimit: 6, MaxWeight: 8, OldestQueued: time.Minute, Submitted: 20}
	removeA := p.Add(a)
	p.Add(b)
	remove := p.Add(more)
	want := []pool.Stats{
		{Name: "a", Workers: 5, Running: 2, Queued: 7, QueueLimit: 11, MaxWeight: 15, OldestQueued: time.Minute, Submitted: 30},
		pool.Stats(b),
	}
	if got := p.Stats(); !slices.Equal(got, want) {
		t.Errorf("Stats() = %+v, want %+v", got, want)
	}
	remove()
	remove()
	counted := a
	counted.Submitted = 30
	if got, want := p.Stats(), []pool.Stats{pool.Stats(counted), pool.Stats(b)}; !slices.Equal(got, want) {
		t.Errorf("Stats() without the third = %+v, want %+v", got, want)
	}
	removeA()
	if got, want := p.Stats(), []pool.Stats{pool.Stats(b)}; !slices.Equal(got, want) {
		t.Errorf("Stats() without those of a = %+v, want %+v", got, want)
	}
	p.Add(a)
	if got, want := p.Stats(), []pool.Stats{pool.Stats(b), pool.Stats(a)}; !slices.Equal(got, want) {
		t.Errorf("Stats() with one of them again = %+v, want %+v", got, want)
	}
}

// A bound that one of two pools does not have is none of both.
func TestPoolsWithoutBounds(t *testing.T) {
	for _, c := range [][2]source{
		{{QueueLimit: 5, MaxWeight: 7}, {QueueLimit: -1}},
		{{QueueLimit: -1}, {QueueLimit: 5, MaxWeight: 7}},
		{{QueueLimit: -1}, {QueueLimit: -1}},
	} {
		var p figures.Pools
		p.Add(c[0])
		p.Add(c[1])
		if got := p.Stats()[0]; got.QueueLimit != -1 || got.MaxWeight != 0 {
			t.Errorf("of %+v and %+v: limits %d and %d, want none", c[0], c[1], got.QueueLimit, got.MaxWeight)
		}
	}
}

// A queue without a place is a bound, too.
func TestPoolsWithoutQueue(t *testing.T) {
	for _, c := range [][2]source{{{QueueLimit: 0}, {QueueLimit: 5}}, {{QueueLimit: 5}, {QueueLimit: 0}}} {
		var p figures.Pools
		p.Add(c[0])
		p.Add(c[1])
		if got := p.Stats()[0].QueueLimit; got != 5 {
			t.Errorf("of queues of %d and %d the limit is %d, want 5", c[0].QueueLimit, c[1].QueueLimit, got)
		}
	}
}

// Bounds may be as large as numbers are. Their sum is no smaller than each.
func TestPoolsWithHugeBounds(t *testing.T) {
	var p figures.Pools
	for range 3 {
		p.Add(source{Workers: math.MaxInt, QueueLimit: math.MaxInt, MaxWeight: math.MaxInt64, Weight: math.MaxInt64})
	}
	got := p.Stats()[0]
	if got.Workers != math.MaxInt || got.QueueLimit != math.MaxInt || got.MaxWeight != math.MaxInt64 || got.Weight != math.MaxInt64 {
		t.Errorf("Stats() = %+v, want bounds as large as they can be", got)
	}
}
