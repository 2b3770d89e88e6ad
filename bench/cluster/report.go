//go:build unix

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/millrace-go/millrace/bench/internal/machine"
)

// report returns the tables.
func report(m machine.Machine, o options, all []figures) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Calls in other processes\n\n%s, %d cores, %s, %s, %s%s.\n\n", m.Processor, m.Cores, m.Go, m.System, time.Now().Format("2 January 2006"), load())
	for _, mod := range m.Modules {
		fmt.Fprintf(&b, "- %s %s\n", mod.Path, mod.Version)
	}
	fmt.Fprintf(&b, "\nMade by `go -C bench/cluster run .`: a submitter, a server, and %d workers of %d slots, each a process. "+
		"The map is %d calls of no work, the median of %d rounds; latency is of %d calls one after the other. "+
		"Workers look for calls every %v (Asynq; its default is 1 s) and %v (River; 100 ms); a lease of jetstream is %v, "+
		"all other times are the systems' defaults.\n\n",
		workers, slots, o.calls, o.rounds, o.sequential, asynqLatency, riverLatency, lease())
	row := func(name string, cell func(figures) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, f := range all {
			fmt.Fprintf(&b, " %s |", cell(f))
		}
		b.WriteByte('\n')
	}
	row("", func(f figures) string { return f.System })
	b.WriteString("|---|" + strings.Repeat("---|", len(all)) + "\n")
	row("calls a second, map", func(f figures) string { return number(f.CallsPerSecond) })
	row("processor time a call, all processes", func(f figures) string { return short(f.CPU) })
	row("items a second, chunks of 100", func(f figures) string { return number(f.ItemsPerSecond) })
	row("processor time an item", func(f figures) string { return short(f.ItemCPU) })
	row("latency, p50", func(f figures) string { return short(f.P50) })
	row("latency, p99", func(f figures) string { return short(f.P99) })
	row("abort of a call that runs", func(f figures) string { return short(f.AbortRunning) })
	row("abort of a queued call", func(f figures) string { return short(f.AbortQueued) })
	row("a killed worker's call runs again after", rerun)
	row("idle server without workers, of a core", func(f figures) string { return percent(f.IdleAlone) })
	row("idle server, of a core", func(f figures) string { return percent(f.IdleServer) })
	row("idle worker, of a core", func(f figures) string { return percent(f.IdleWorker) })
	row("from nothing to a first result", func(f figures) string { return short(f.First) })
	b.WriteByte('\n')
	for _, f := range all {
		fmt.Fprintf(&b, "- %s: %s.\n", f.System, f.Notes)
		if s := find(f.System); f.NoRerun && s != nil && s.rescue != "" {
			fmt.Fprintf(&b, "  What a killed worker ran is run again %s.\n", s.rescue)
		}
		if f.Err != nil {
			fmt.Fprintf(&b, "  Not measured, or not whole: %v.\n", f.Err)
		}
	}
	return b.String()
}

func rerun(f figures) string {
	if f.NoRerun {
		return "not waited for"
	}
	return short(f.Rerun)
}

// none stands for a figure that was not measured, which is 0.
const none = "-"

func number(n float64) string {
	if n == 0 {
		return none
	}
	return fmt.Sprintf("%.0f", n)
}

func percent(part float64) string {
	if part == 0 {
		return none
	}
	return fmt.Sprintf("%.2f %%", 100*part)
}

// short rounds to three digits.
func short(d time.Duration) string {
	if d == 0 {
		return none
	}
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// load says what else the machine did: it decides what the figures are worth.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil || runtime.GOOS != "linux" {
		return ""
	}
	return ", load of the machine at the end " + strings.Fields(string(b))[0]
}
