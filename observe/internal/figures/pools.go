// Package figures collects what metrics are made of: the figures of pools and of the
// stages that run, by their names, as no two series of a metric may be the same.
package figures

import (
	"slices"
	"sync"

	"github.com/millrace-go/millrace/pool"
)

// A Source is a pool.
type Source interface{ Stats() pool.Stats }

// Pools are those whose figures are collected. The zero value has none.
type Pools struct {
	mu  sync.Mutex
	all []*Source
}

// Add adds a pool until remove is called.
func (p *Pools) Add(s Source) (remove func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := &s
	p.all = append(p.all, at)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if i := slices.Index(p.all, at); i >= 0 {
			p.all = slices.Delete(slices.Clone(p.all), i, i+1)
		}
	}
}

// Stats returns the figures of each name, from one Stats of each pool, in the order in
// which the names were added. Those of pools of the same name are added up.
func (p *Pools) Stats() (sums []pool.Stats) {
	p.mu.Lock()
	all := p.all[:len(p.all):len(p.all)]
	p.mu.Unlock()
	at := map[string]int{}
	for _, source := range all {
		s := (*source).Stats()
		s.Name = valid(s.Name)
		if i, there := at[s.Name]; there {
			add(&sums[i], s)
			continue
		}
		at[s.Name] = len(sums)
		sums = append(sums, s)
	}
	return sums
}

// add adds b to a. A bound that one of them does not have is none of both.
func add(a *pool.Stats, b pool.Stats) {
	a.Workers += b.Workers
	a.Goroutines += b.Goroutines
	a.Running += b.Running
	a.Waiting += b.Waiting
	a.Queued += b.Queued
	a.Deferred += b.Deferred
	a.Blocked += b.Blocked
	a.Weight += b.Weight
	if a.MaxWeight += b.MaxWeight; a.MaxWeight == b.MaxWeight || b.MaxWeight == 0 {
		a.MaxWeight = 0
	}
	if a.QueueLimit += b.QueueLimit; a.QueueLimit-b.QueueLimit < 0 || b.QueueLimit < 0 {
		a.QueueLimit = -1
	}
	a.OldestQueued = max(a.OldestQueued, b.OldestQueued)
	a.Submitted += b.Submitted
	a.Succeeded += b.Succeeded
	a.Failed += b.Failed
	a.Panicked += b.Panicked
	a.Cancelled += b.Cancelled
	a.Refused += b.Refused
}
