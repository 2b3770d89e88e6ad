//go:build !race

package parallel

import "sync/atomic"

// A progress is a word that one goroutine writes, plainly, before every item,
// and that others read now and then. An atomic store would be a full fence, which
// costs more (4 ns) than all else that is done about a trivial item.
//
// A word store is not torn, it is not moved over the call of the item's function,
// and whoever is synchronized with the writer reads what was written. Others may
// see it late, by as long as a processor's store buffer takes to drain: what
// depends on it has to wait for longer than that, see line.callBack. The build
// for the race detector has the fence, and is right without waiting.
type progress struct{ v uintptr }

func (p *progress) set(v uintptr) { p.v = v }
func (p *progress) get() uintptr  { return atomic.LoadUintptr(&p.v) }
