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
//
// What was counted by a pool that was removed stays in the sums while there are others of its
// name, so that counters never go back.
type Pools struct {
	mu   sync.Mutex
	all  []*member
	gone map[string]pool.Stats // counts of those that were removed, by name
}

// A member is a pool and its name.
type member struct {
	Source
	name string
}

// Add adds a pool until remove is called.
func (p *Pools) Add(s Source) (remove func()) {
	at := &member{s, Valid(s.Stats().Name)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, at)
	return func() { p.remove(at) }
}

func (p *Pools) remove(at *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.all, at)
	if i < 0 {
		return
	}
	p.all = slices.Delete(p.all, i, i+1)
	if !slices.ContainsFunc(p.all, func(o *member) bool { return o.name == at.name }) {
		delete(p.gone, at.name)
		return
	}
	if p.gone == nil {
		p.gone = map[string]pool.Stats{}
	}
	sum := p.gone[at.name]
	addCounts(&sum, at.Stats())
	p.gone[at.name] = sum
}

// Stats returns the figures of each name, from one Stats of each pool, in the order in
// which the names were added. Those of pools of the same name are added up. All is read
// under the lock, as is the last Stats of a pool that is removed: one that goes on meanwhile
// would have counted more for who collects than what stays of it.
func (p *Pools) Stats() (sums []pool.Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := map[string]int{}
	for _, m := range p.all {
		s := m.Stats()
		s.Name = m.name
		if i, there := at[s.Name]; there {
			add(&sums[i], s)
			continue
		}
		addCounts(&s, p.gone[s.Name])
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
	addCounts(a, b)
}

// addCounts adds what only grows.
func addCounts(a *pool.Stats, b pool.Stats) {
	a.Submitted += b.Submitted
	a.Succeeded += b.Succeeded
	a.Failed += b.Failed
	a.Panicked += b.Panicked
	a.Cancelled += b.Cancelled
	a.Refused += b.Refused
}
