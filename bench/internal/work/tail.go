package work

import (
	"sync"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"golang.org/x/exp/stats"
)

const (
	tailTask = 20 * time.Microsecond
	tailTick = 2 * time.Millisecond
)

// tail submits small bursts of tasks that keep the workers busy half of the time, and
// measures the time from the burst to the end of each task. Counted from the burst, a
// submit that blocks is latency too.
func tail(s Scale) []measure.Workload {
	burst := int(tailTick/tailTask) * cores() / 2
	w := measure.Workload{
		Name:    "tail",
		Title:   "Latency from submit to result at half load, bursts of tasks of 20 µs every 2 ms, as many workers as processors",
		Unit:    "task",
		Metrics: []measure.Metric{{Name: "p99", Unit: "µs, p99"}, {Name: "p50", Unit: "µs, p50"}, {Name: "p99.9", Unit: "µs, p99.9"}},
	}
	run := busy(tailTask)
	for _, st := range starters {
		w.Entries = append(w.Entries, measure.Entry{Name: st.name, Note: st.note, Open: func() measure.Bench {
			start, stop := st.open(cores())
			return measure.Bench{Close: stop, Self: func() []float64 {
				return latencies(int(s.Tail/tailTick), burst, run, start)
			}}
		}})
	}
	return []measure.Workload{w}
}

// latencies submits bursts by the clock, whether or not the tasks before are done,
// and stamps each task as its last act, in microseconds.
func latencies(bursts, burst int, run task, start func(func())) []float64 {
	took := make([]float64, bursts*burst)
	var wg sync.WaitGroup
	wg.Add(len(took))
	begin := time.Now()
	for b := range bursts {
		came := await(begin.Add(time.Duration(b) * tailTick))
		for i := range burst {
			at := b*burst + i
			start(func() {
				defer wg.Done()
				_, err := run(at)
				must(err)
				took[at] = inMicroseconds(time.Since(came))
			})
		}
	}
	wg.Wait()
	return stats.Quantiles(took, 0.99, 0.5, 0.999)
}

// await returns when a burst comes that is due: then, or a little later if the timer
// is late; but in the past if it is past already, since bursts do not wait for a
// submit that blocked.
func await(due time.Time) (came time.Time) {
	wait := time.Until(due)
	if wait <= 0 {
		return due
	}
	time.Sleep(wait)
	return time.Now()
}

func inMicroseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
