package measure

import (
	"runtime"
	"time"
)

// Config says how much to measure.
type Config struct {
	Rounds   int           // asked for; a workload may have fewer
	Fewest   int           // of them, that are measured even when Budget is spent
	Budget   time.Duration // after it a workload takes no further round; 0: no bound
	Sample   time.Duration // a sample lasts at least this long; 0: one repetition
	Limit    time.Duration // of a sample: an entry that takes longer has failed
	Progress func(Step)    // called after each sample; optional
}

// A Step is one sample taken, or one that the budget had no room for.
type Step struct{ Workload, Entry string }

// A Result is a workload with the samples of its entries.
type Result struct {
	Name, Title, Unit string
	Metrics           []Metric
	NearZero          bool `json:",omitempty"`
	Entries           []Measured
}

// Measured is an entry with its samples, one a round.
type Measured struct {
	Name      string
	Note      string   `json:",omitempty"`
	Kind      Kind     `json:",omitempty"`
	Reference bool     `json:",omitempty"`
	Failure   string   `json:",omitempty"` // why there are no samples: "deadlocks"
	Samples   []Sample `json:",omitempty"`
}

// Samples returns how many samples Run takes of the workload, if the budget lets it.
func (w Workload) Samples(rounds int) int {
	return w.rounds(rounds) * len(w.Entries)
}

func (w Workload) rounds(asked int) int {
	if w.Rounds > 0 {
		return min(w.Rounds, asked)
	}
	return asked
}

// Run measures the entries of w in turns: a slow spell of the machine hits all of
// them, and the ratios within a round stay true. Each round begins with
// another entry, A B C, B C A, C A B, so that none always runs behind the same one.
// Entries with a failure take no part.
func Run(w Workload, failures map[string]string, c Config) Result {
	defer w.processors()()
	r := w.result(failures)
	repeat := make([]int, len(w.Entries))
	start := time.Now()
	for round := range w.rounds(c.Rounds) {
		spent := c.Budget > 0 && round >= c.Fewest && time.Since(start) > c.Budget
		for turn := range w.Entries {
			i := (round + turn) % len(w.Entries)
			e := w.Entries[i]
			if m := &r.Entries[i]; m.Failure == "" && !spent {
				m.take(c.Limit, w.hangs(), func() Sample { return e.sample(c.Sample, &repeat[i]) })
			}
			if c.Progress != nil {
				c.Progress(Step{w.Name, e.Name})
			}
		}
	}
	return r
}

// processors sets GOMAXPROCS as the workload wants it, and returns a function that
// sets it back.
func (w Workload) processors() (restore func()) {
	if w.Procs == 0 {
		return func() {}
	}
	before := runtime.GOMAXPROCS(w.Procs)
	return func() { runtime.GOMAXPROCS(before) }
}

func (w Workload) result(failures map[string]string) Result {
	r := Result{Name: w.Name, Title: w.Title, Unit: w.Unit, Metrics: w.Metrics, NearZero: w.NearZero}
	if r.Metrics == nil {
		r.Metrics = Timed(w.Unit)
	}
	for _, e := range w.Entries {
		r.Entries = append(r.Entries, Measured{
			Name: e.Name, Note: e.Note, Kind: e.Kind, Reference: e.Reference, Failure: failures[e.Name],
		})
	}
	return r
}

// take adds a sample. An entry that passed its probe and hangs all the same has
// failed, and is left behind: goroutines that wait for one another disturb nobody.
func (m *Measured) take(limit time.Duration, hangs string, sample func() Sample) {
	taken := make(chan Sample, 1)
	go func() { taken <- sample() }()
	select {
	case s := <-taken:
		m.Samples = append(m.Samples, s)
	case <-time.After(limit):
		m.Failure, m.Samples = hangs, nil
	}
}
