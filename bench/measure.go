package main

import (
	"io"
	"os"
	"runtime/pprof"
	"time"

	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// measure finds out which entries can do their work, and measures those.
func (o options) measure(stderr io.Writer) (report.Run, error) {
	run := report.Run{Version: version, Date: time.Now().UTC(), Quick: o.quick, Machine: machine.Describe(work.Modules)}
	run.Machine.Costs = machine.Measure(o.config.Sample * 5)
	workloads, err := choose(work.All(o.scale), o.only)
	if err != nil {
		return run, err
	}
	workloads = those(workloads, o.entry)
	self, err := os.Executable()
	if err != nil {
		return run, err
	}
	done := progress(stderr, steps(workloads, o.config.Rounds))
	failures := measure.Probe(workloads, []string{self, probeCommand}, o.patience, done)
	o.config.Progress = done
	stop, err := profile(o.profile)
	if err != nil {
		return run, err
	}
	defer stop()
	for _, w := range workloads {
		run.Results = append(run.Results, measure.Run(w, failures[w.Name], o.config))
	}
	return run, nil
}

// profile writes a profile to the file until stop is called; without a name it does
// nothing.
func profile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); file.Close() }, pprof.StartCPUProfile(file)
}

// steps is how often progress will be told of one: a probe for each entry, and the
// samples.
func steps(workloads []measure.Workload, rounds int) int {
	n := 0
	for _, w := range workloads {
		n += len(w.Entries) + w.Samples(rounds)
	}
	return n
}

// progress returns a function that shows the steps on a terminal, and does nothing
// elsewhere.
func progress(w io.Writer, steps int) func(measure.Step) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return func(measure.Step) {}
	}
	bar := progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(file),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
	return func(s measure.Step) {
		bar.Describe(s.Workload)
		_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
	}
}
