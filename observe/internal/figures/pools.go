// Package figures collects what metrics are made of: the figures of pools and of the
// stages that run, by their names, as no two series of a metric may be the same.
package figures

import (
	"slices"
	"sync"

	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// Pools are those whose figures are collected. The zero value has none.
//
// What was counted by a pool that was removed stays in the sums while there are others of its
// name, so that counters never go back.
//
// No lock is held while a pool is asked: it may be a type of the caller's, which waits for
// something, or adds and removes pools itself.
type Pools struct {
	mu   sync.Mutex
	all  []*member
	gone map[string]pool.Stats // counts of those that were removed, by name
}

// A member is a pool and its name.
type member struct {
	observe.Source
	name    string
	counted pool.Stats // the most that it has said
	removed bool
}

// Add adds a pool until remove is called.
func (p *Pools) Add(s observe.Source) (remove func()) {
	at := &member{Source: s, name: Valid(s.Stats().Name)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, at)
	return func() { p.remove(at) }
}

func (p *Pools) remove(at *member) {
	last := at.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.removed {
		return
	}
	at.removed = true
	i := slices.Index(p.all, at)
	p.all = slices.Delete(p.all, i, i+1)
	if !slices.ContainsFunc(p.all, func(o *member) bool { return o.name == at.name }) {
		delete(p.gone, at.name)
		return
	}
	if p.gone == nil {
		p.gone = map[string]pool.Stats{}
	}
	raiseCounts(&at.counted, last)
	sum := p.gone[at.name]
	addCounts(&sum, at.counted)
	p.gone[at.name] = sum
}

// Stats returns the figures of each name, from one Stats of each pool, in the order in
// which the names were added. Those of pools of the same name are added up.
func (p *Pools) Stats() []pool.Stats {
	p.mu.Lock()
	all := slices.Clone(p.all)
	p.mu.Unlock()
	said := make([]pool.Stats, len(all))
	for i, m := range all {
		said[i] = m.Stats()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sumLocked(all, said)
}

// sumLocked adds up what pools have said. Of one that was removed meanwhile it counts what the
// pool had counted by then, and not what it has said since: that would be lost the next time.
func (p *Pools) sumLocked(all []*member, said []pool.Stats) (sums []pool.Stats) {
	at := map[string]int{}
	for i, m := range all {
		if m.removed {
			continue
		}
		s := said[i]
		s.Name = m.name
		raiseCounts(&m.counted, s)
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
	a.Workers = plus(a.Workers, b.Workers)
	a.Goroutines += b.Goroutines
	a.Running += b.Running
	a.Waiting += b.Waiting
	a.Queued += b.Queued
	a.Deferred += b.Deferred
	a.Blocked += b.Blocked
	a.Weight = plus(a.Weight, b.Weight)
	if a.MaxWeight == 0 || b.MaxWeight == 0 {
		a.MaxWeight = 0
	} else {
		a.MaxWeight = plus(a.MaxWeight, b.MaxWeight)
	}
	if a.QueueLimit < 0 || b.QueueLimit < 0 {
		a.QueueLimit = -1
	} else {
		a.QueueLimit = plus(a.QueueLimit, b.QueueLimit)
	}
	a.OldestQueued = max(a.OldestQueued, b.OldestQueued)
	addCounts(a, b)
}

// plus returns a + b, or the larger of them if the sum is too large: bounds may be as large as
// numbers are.
func plus[N int | int64](a, b N) N {
	if sum := a + b; sum >= a {
		return sum
	}
	return max(a, b)
}

// counts are the figures that only grow.
func counts(s *pool.Stats) [6]*uint64 {
	return [...]*uint64{&s.Submitted, &s.Succeeded, &s.Failed, &s.Panicked, &s.Cancelled, &s.Refused}
}

// addCounts adds the counts of b to those of a.
func addCounts(a *pool.Stats, b pool.Stats) {
	from := counts(&b)
	for i, to := range counts(a) {
		*to += *from[i]
	}
}

// raiseCounts makes the counts of a as high as those of b.
func raiseCounts(a *pool.Stats, b pool.Stats) {
	from := counts(&b)
	for i, to := range counts(a) {
		*to = max(*to, *from[i])
	}
}
