// Package memory tells tests how much memory is in use, and what the collector has freed.
package memory

import (
	"runtime"
	"time"
)

// InUse returns the bytes of the heap that are still reachable.
func InUse() uint64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds survives the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// patience is how long Freed waits: less than an idle worker of a pool lives, since its end
// would let go of what it keeps by mistake.
const patience = 5 * time.Second

// Freed runs the collector until gone says that what the caller watches was collected, and
// reports whether it ever was. A goroutine on its way out, or to a place where it rests,
// may hold on to something for as long as the machine keeps it waiting.
func Freed(gone func() bool) bool {
	const longest = patience / 100
	began := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		runtime.GC()
		if gone() {
			return true
		}
		if time.Since(began) > patience {
			return false
		}
		time.Sleep(pause)
	}
}
