package work

import "runtime"

// A footprint is the memory and the goroutines of the program. The runtime takes
// stacks in portions of 32 KiB and keeps some, so that their bytes mean something
// only with many goroutines.
type footprint struct {
	heap, stacks float64 // bytes that are reachable, and of stacks
	goroutines   float64
}

func held() footprint {
	// The first collection runs finalizers and clears the victims of sync.Pool,
	// the second one frees the objects behind them.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{float64(m.HeapAlloc), float64(m.StackInuse), float64(runtime.NumGoroutine())}
}

func (f footprint) since(before footprint) footprint {
	return footprint{f.heap - before.heap, f.stacks - before.stacks, f.goroutines - before.goroutines}
}
