// Command bench measures millrace and its peers on the same work in one run:
//
//	go -C bench run .
//
// It prints tables and, if it ran everything, writes RESULTS.md and the plots
// results and bounds, as SVG and PNG, into results/<processor>. Bounds are for two
// processors: with more of them, set GOMAXPROCS=2. See -help for the flags.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
)

func main() {
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == probeCommand:
		probe(args[1], args[2])
		return
	case len(args) == 2 && args[0] == serveCommand:
		exitOn(serve(args[1] == "true"))
		return
	}
	switch err := bench(os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	default:
		exitOn(err)
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// probeCommand makes the program do one entry of one workload once. Its parent kills
// it if it hangs.
const probeCommand = "probe"

func probe(workload, entry string) {
	if !measure.Once(work.All(work.Quick), workload, entry) {
		fmt.Fprintf(os.Stderr, "bench: no entry %q of a workload %q\n", entry, workload)
		os.Exit(2)
	}
}

func serve(quick bool) error {
	scale := work.Full
	if quick {
		scale = work.Quick
	}
	return measure.Serve(work.All(scale), os.Stdin, os.Stdout)
}

func bench(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.other != "" {
		return o.against(stdout, stderr)
	}
	run, err := o.run(stderr)
	if err != nil {
		return err
	}
	if o.json != "" {
		if err := create(o.json, run.Store); err != nil {
			return err
		}
	}
	o.ranked(run.Results)
	if err := report.Write(stdout, run, o.bounds()); err != nil {
		return err
	}
	if err := o.write(run, stderr); err != nil {
		return err
	}
	return failed(run.Results)
}

// run measures, or loads the samples of an earlier run.
func (o options) run(stderr io.Writer) (report.Run, error) {
	if o.from == "" {
		return o.measure(stderr)
	}
	file, err := os.Open(o.from)
	if err != nil {
		return report.Run{}, err
	}
	defer file.Close()
	return report.Load(file)
}

// choose returns the workload of that name, or those whose names begin with it.
func choose(all []measure.Workload, only string) ([]measure.Workload, error) {
	exact := slices.IndexFunc(all, func(w measure.Workload) bool { return w.Name == only })
	if exact >= 0 {
		return all[exact : exact+1], nil
	}
	var chosen []measure.Workload
	var names []string
	for _, w := range all {
		names = append(names, w.Name)
		if strings.HasPrefix(w.Name, only) {
			chosen = append(chosen, w)
		}
	}
	if chosen == nil {
		return nil, fmt.Errorf("-only %s: want one of %s, or the beginning of some", only, strings.Join(names, ", "))
	}
	return chosen, nil
}

// those leaves out the entries whose names begin otherwise.
func those(all []measure.Workload, entry string) []measure.Workload {
	var chosen []measure.Workload
	for _, w := range all {
		w.Entries = slices.DeleteFunc(slices.Clone(w.Entries), func(e measure.Entry) bool { return !strings.HasPrefix(e.Name, entry) })
		if len(w.Entries) > 0 {
			chosen = append(chosen, w)
		}
	}
	return chosen
}

// failed is the error of a run in which an entry of millrace failed.
func failed(results []measure.Result) error {
	var errs []error
	for _, r := range results {
		for _, m := range r.Entries {
			if m.Failure != "" && strings.HasPrefix(m.Name, report.Own) {
				errs = append(errs, fmt.Errorf("%s, %s: %s", r.Name, m.Name, m.Failure))
			}
		}
	}
	return errors.Join(errs...)
}
