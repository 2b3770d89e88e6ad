package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/millrace-go/millrace/bench/internal/chart"
	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
)

// write writes the files that were asked for, and says which.
func (o options) write(run report.Run, stderr io.Writer) error {
	var files []string
	if o.json != "" {
		files = append(files, o.json)
	}
	if o.keep {
		o.out = resultsOf(run.Machine)
	}
	if o.out != "" {
		written, err := writeResults(o.out, run, o.bounds())
		if err != nil {
			return err
		}
		files = append(files, written...)
	}
	if o.readme != "" {
		if err := rewriteReadme(o.readme, run); err != nil {
			return err
		}
		files = append(files, o.readme)
	}
	for _, file := range files {
		fmt.Fprintln(stderr, "wrote", file)
	}
	return nil
}

// resultsOf returns the directory for the results of a kind of processor, since two
// kinds give two pictures.
func resultsOf(m machine.Machine) string { return filepath.Join("results", m.Slug()) }

func writeResults(dir string, run report.Run, bounds []measure.Bound) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	results := filepath.Join(dir, "RESULTS.md")
	err := create(results, func(w io.Writer) error { return report.Write(w, run, bounds) })
	if err != nil {
		return nil, err
	}
	plots, err := chart.Write(dir, run, bounds)
	return append(plots, results), err
}

func rewriteReadme(name string, run report.Run) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text, err = report.Readme(text, run, path.Join("bench", filepath.ToSlash(resultsOf(run.Machine))))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(name, text, 0o644)
}

// create writes the output of content into a file, if content succeeds.
func create(name string, content func(io.Writer) error) error {
	var buffer bytes.Buffer
	if err := content(&buffer); err != nil {
		return err
	}
	return os.WriteFile(name, buffer.Bytes(), 0o644)
}
