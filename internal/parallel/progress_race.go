//go:build race

package parallel

import "sync/atomic"

// See progress_norace.go.
type progress struct{ v atomic.Uintptr }

func (p *progress) set(v uintptr) { p.v.Store(v) }
func (p *progress) get() uintptr  { return p.v.Load() }
