package figures_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace/observe/internal/figures"
	"github.com/millrace-go/millrace/pool"
)

// busy is a pool that has done more whenever somebody asks, and may do something before it
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
		select {
		case <-removed:
		case <-time.After(100 * time.Millisecond): // it waits for the collection
		}
	}
	before := p.Stats()[0].Submitted
	<-removed
	if after := p.Stats()[0].Submitted; after < before {
		t.Errorf("%d tasks were submitted, and then %d", before, after)
	}
}
