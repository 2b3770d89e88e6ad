//go:build race

package sched

import "sync/atomic"

// See items_norace.go.
type progress struct{ v atomic.Uint32 }

func (p *progress) set(v uint32) { p.v.Store(v) }
func (p *progress) inc()         { p.v.Add(1) }
func (p *progress) get() uint32  { return p.v.Load() }
