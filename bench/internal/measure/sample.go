package measure

import (
	"runtime"
	"time"
)

// sample opens the entry, warms it up and measures it for at least the given
// time, in one stretch of repetitions.
//
// The repetitions come from the caller after the first round, because a loop that
// looked at the clock between them would charge short work for it.
func (e Entry) sample(least time.Duration, repeat *int) Sample {
	b := e.Open()
	defer b.close()
	if b.Self != nil {
		runtime.GC()
		return b.Self()
	}
	if *repeat == 0 || !b.Long {
		warm := timed(b, 1)
		if *repeat == 0 {
			*repeat = repetitions(least, warm.elapsed, b)
		}
	}
	runtime.GC() // of what the entry before this one left
	t := timed(b, *repeat)
	units := float64(b.Units) * float64(*repeat)
	return Sample{
		Time:      float64(t.elapsed.Nanoseconds()) / units,
		Allocs:    float64(t.allocs) / units,
		Bytes:     float64(t.bytes) / units,
		Processor: float64(t.processor.Nanoseconds()) / units,
	}
}

// repetitions returns how often the work fits into the given time, judged by a
// second run: the first one paid for everything that is made once.
func repetitions(least, first time.Duration, b Bench) int {
	if least <= first {
		return 1
	}
	second := max(timed(b, 1).elapsed, 1)
	return int(max(1, min(least/second, 1_000_000)))
}

// A stretch is the time and the allocations of several repetitions.
type stretch struct {
	elapsed, processor time.Duration
	allocs, bytes      uint64
}

func timed(b Bench, repeat int) stretch {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used, start := processorTime(), time.Now()
	for range repeat {
		b.Work()
	}
	elapsed, processor := time.Since(start), processorTime()-used
	runtime.ReadMemStats(&after)
	return stretch{elapsed, processor, after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc}
}
