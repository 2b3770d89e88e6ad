package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
)

// serveCommand makes the program take the samples that its parent asks for.
const serveCommand = "serve"

// against measures the library that the program is built with, and the one in
// another directory, in turns: the same program is built with each. It must be
// started in its own module.
func (o options) against(stdout, stderr io.Writer) error {
	workloads, err := choose(work.All(o.scale), o.only)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "millrace-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	other, err := buildWith(o.other, dir)
	if err != nil {
		return err
	}
	results, err := inTurns(workloads, self, other, o, stderr)
	if err != nil {
		return err
	}
	o.ranked(results)
	return report.WritePairs(stdout, results)
}

// buildWith builds this program into dir, with the library in the directory at.
func buildWith(at, dir string) (program string, err error) {
	at, err = filepath.Abs(at)
	if err != nil {
		return "", err
	}
	for from, to := range map[string]string{"go.mod": "other.mod", "go.sum": "other.sum"} {
		text, err := os.ReadFile(from)
		if err != nil {
			return "", fmt.Errorf("-against is for the directory of this program: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), text, 0o600); err != nil {
			return "", err
		}
	}
	mod := filepath.Join(dir, "other.mod")
	program = filepath.Join(dir, "other.exe")
	for _, args := range [][]string{
		{"mod", "edit", "-replace=github.com/millrace-go/millrace=" + at, mod},
		{"build", "-mod=mod", "-modfile=" + mod, "-o", program, "."},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return program, nil
}

// inTurns measures millrace's entries of the workloads in both programs.
func inTurns(workloads []measure.Workload, this, other string, o options, stderr io.Writer) ([]measure.Result, error) {
	var results []measure.Result
	var programs []*measure.Server
	for _, program := range []string{this, other} {
		s, err := measure.Start(program, serveCommand, fmt.Sprint(o.quick))
		if err != nil {
			return nil, err
		}
		defer s.Close() // a server that fails has said so to whoever asked it
		programs = append(programs, s)
	}
	var pairs []measure.Workload
	for _, w := range workloads {
		for _, e := range w.Entries {
			if strings.HasPrefix(e.Name, report.Own) && strings.HasPrefix(e.Name, o.entry) {
				pairs = append(pairs, pair(w, e.Name, programs, o))
			}
		}
	}
	o.config.Progress = progress(stderr, steps(pairs, o.config.Rounds))
	for _, w := range pairs {
		results = append(results, measure.Run(w, nil, o.config))
	}
	return results, nil
}

// pair is a workload of one entry, as each program does it.
func pair(w measure.Workload, entry string, programs []*measure.Server, o options) measure.Workload {
	two := measure.Workload{Name: w.Name, Title: entry, Unit: w.Unit, Metrics: w.Metrics, Rounds: w.Rounds, NearZero: w.NearZero}
	for i, name := range []string{report.This, report.Other} {
		two.Entries = append(two.Entries, measure.Entry{Name: name, Open: func() measure.Bench {
			return measure.Bench{Self: func() []float64 {
				sample, err := programs[i].Sample(w.Name, entry, o.config.Sample)
				if err != nil {
					panic(fmt.Sprintf("bench: %s, %s, %s: %v", w.Name, entry, name, err))
				}
				return sample
			}}
		}})
	}
	return two
}
