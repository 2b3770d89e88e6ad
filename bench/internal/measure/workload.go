// Package measure runs the same work in several ways, in turns, and keeps a sample of
// each run.
package measure

// A Workload is a piece of work and the entries that each do it in their own way.
type Workload struct {
	Name     string   // what -only matches: "submit/noop/8"
	Title    string   // a line for the reader
	Unit     string   // what figures are per: "task", "item"
	Metrics  []Metric // the first one ranks; nil: Timed(Unit)
	Rounds   int      // at most so many, if not 0: for work that takes seconds
	Procs    int      // GOMAXPROCS while it runs, if not 0
	Hangs    string   // the failure of an entry that does not end; "": Deadlocks
	NearZero bool     // ratios would divide by nothing
	Entries  []Entry
}

// A Metric names one of the values of a sample.
type Metric struct {
	Name string // "ns", "p99"
	Unit string // "ns/task"
}

// The values of a sample of timed work, by index.
const (
	Time = iota
	Allocs
	Bytes
	Processor // the time of all processors together, the collector's included
)

// Timed returns the metrics of work that the harness times itself.
func Timed(unit string) []Metric {
	return []Metric{{"ns", "ns/" + unit}, {"allocs", "allocs/" + unit}, {"bytes", "B/" + unit}, {"cpu", "cpu ns/" + unit}}
}

// A Kind tells whether an entry returns results, so that a bound can compare with
// peers that do as much. Entries without a limit have no kind, nor have those of
// workloads where it makes no difference.
type Kind string

// The kinds of entries.
const (
	Results Kind = "results" // the result of each task
	Bare    Kind = "bare"    // nothing: the task itself writes its result somewhere
)

// An Entry is one way to do a workload.
type Entry struct {
	Name      string
	Note      string // what a reader must know to compare: "returns no results"
	Kind      Kind
	Reference bool // a limit to compare with, no library
	Open      func() Bench
}

// A Bench is an entry made ready. The harness opens and closes one for every
// sample, so that no entry runs beside what another one left behind.
type Bench struct {
	Units int              // how many units one Work does
	Long  bool             // what Work makes once does not show: no warm-up after the first round
	Work  func()           // timed; panics if the outcome is wrong
	Self  func() []float64 // in place of Work: measures itself, a value for each metric
	Close func()           // optional
}

// A Sample has one value for each metric of its workload.
type Sample []float64

// once does the work a single time, untimed: to warm up, and as a probe.
func (b Bench) once() {
	if b.Self != nil {
		b.Self()
		return
	}
	b.Work()
}

func (b Bench) close() {
	if b.Close != nil {
		b.Close()
	}
}
