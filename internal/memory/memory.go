// Package memory tells tests how much memory is in use.
package memory

import "runtime"

// InUse returns the bytes of the heap that are still reachable.
func InUse() uint64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds survives the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
