package figures_test

import (
	"testing"

	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

// busy is a pool that has done more whenever it is asked, and may do something before it
// answers for the second time.
type busy struct {
	asked, done uint64
	second      func()
}

func (b *busy) Stats() pool.Stats {
	if b.asked++; b.asked == 2 {
		b.second()
	}
	b.done++
	return pool.Stats{Name: "web", Submitted: b.done}
}

// answer is a pool that says what it is told to say.
type answer pool.Stats

func (a *answer) Stats() pool.Stats { return pool.Stats(*a) }

// Counters never go back, also when a pool that goes on is removed while they are collected:
// what stays of it is no less than what was collected.
func TestCountersNeverGoBack(t *testing.T) {
	var p figures.Pools
	p.Add(source{Name: "web"})
	removed := make(chan struct{})
	b := &busy{}
	remove := p.Add(b)
	b.second = func() {
		go func() { defer close(removed); remove() }()
		<-removed
	}
	before := p.Stats()[0].Submitted
	<-removed
	if after := p.Stats()[0].Submitted; after < before {
		t.Errorf("%d tasks were submitted, and then %d", before, after)
	}
}

// While pools are asked nothing is locked: one may be a type of the caller's, which adds and
// removes pools, or collects from others that do.
func TestPoolsAreAskedUnlocked(t *testing.T) {
	var p figures.Pools
	b := &busy{}
	remove := p.Add(b)
	b.second = func() {
		p.Add(source{Name: "inner"})()
		p.Stats()
		remove()
		remove()
	}
	if got := p.Stats(); len(got) != 0 {
		t.Errorf("Stats() = %+v, want nothing of a pool that was removed meanwhile", got)
	}
}

// What a pool had counted when it was last asked stays, though it says less when it is removed:
// it may have been asked in between.
func TestCountsOfTwoCollections(t *testing.T) {
	var p figures.Pools
	p.Add(source{Name: "web", Submitted: 1})
	s := &answer{Name: "web", Submitted: 10}
	remove := p.Add(s)
	before := p.Stats()[0].Submitted
	s.Submitted = 9
	remove()
	if after := p.Stats()[0].Submitted; before != 11 || after != 11 {
		t.Errorf("%d tasks were submitted, and %d when one pool was removed, want 11 each time", before, after)
	}
}
