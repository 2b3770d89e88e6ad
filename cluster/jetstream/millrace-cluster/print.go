package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/millrace-go/millrace/cluster/jetstream"
)

// print writes what is known of the queues.
func (c config) print(w io.Writer, all []jetstream.Status) error {
	if c.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		if all == nil {
			all = []jetstream.Status{}
		}
		return e.Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "no queue")
		return err
	}
	for _, q := range all {
		if err := printQueue(w, q); err != nil {
			return err
		}
	}
	return nil
}

func printQueue(w io.Writer, q jetstream.Status) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "QUEUE\tQUEUED\tHELD\tOLDEST\tKEPT\tWORKERS\tLEASE\n")
	fmt.Fprintf(t, "%s\t%d\t%d\t%v\t%d\t%d\t%v\n\n", q.Queue, q.Queued, q.Held, round(q.Oldest), q.Kept, len(q.Workers), q.Lease)
	if len(q.Workers) > 0 {
		fmt.Fprintf(t, "WORKER\tSLOTS\tHELD\tBEAT\tUP\tENDED\tFAILED\tRETRIED\tRETURNED\tREFUSED\tABORTED\tLOST\tTASKS\n")
	}
	for _, o := range q.Workers {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%v\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", plain(o.Name), o.Slots, o.Held, beat(o, q.Lease), round(o.Beat.Sub(o.Since)),
			o.Succeeded, o.Failed, o.Retried, o.Returned, o.Refused, o.Aborted, o.Lost, plain(strings.Join(o.Tasks, " ")))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printRunning(w, q)
}

func printRunning(w io.Writer, q jetstream.Status) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "\nRUNS\tFOR\tATTEMPT\tCALL\tWORKER\n"
	for _, o := range q.Workers {
		for _, r := range o.Running {
			fmt.Fprintf(t, "%s%s\t%v\t%d\t%s\t%s\n", head, plain(r.Task), round(o.Beat.Sub(r.Since)), r.Attempt, plain(r.ID), plain(o.Name))
			head = ""
		}
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// plain returns a name or an id without what a terminal would obey, or a table break at: they
// may be any text.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// beat says when a worker was heard of.
func beat(o jetstream.WorkerStatus, lease time.Duration) string {
	if o.Silent(lease) {
		return fmt.Sprintf("silent for %v", round(time.Since(o.Beat)))
	}
	return round(time.Since(o.Beat)).String()
}

func round(d time.Duration) time.Duration {
	switch {
	case d > time.Minute:
		return d.Round(time.Second)
	case d > time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
