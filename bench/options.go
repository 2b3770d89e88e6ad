package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
)

// options are the flags.
type options struct {
	only, json, out, readme, from string
	entry, other, profile         string
	rounds                        int
	quick, cpu                    bool
	keep                          bool // the results are those of this kind of processor
	scale                         work.Scale
	config                        measure.Config
	watchdog                      time.Duration // of entries that may hang
}

// patience is how long a probe of an entry may take. Peers that hang make every run longer;
// those of millrace must not hang, and the machine may be slow.
func (o options) patience(entry string) time.Duration {
	if strings.HasPrefix(entry, report.Own) {
		return ownLimit
	}
	return o.watchdog
}

// ownLimit is far beyond what an entry takes on a machine that is busy with something else.
const ownLimit = 5 * time.Minute

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.only, "only", "", "measure the workload of this `name`, or those that begin with it")
	flags.IntVar(&o.rounds, "rounds", 0, "rounds to measure; 0 means 11, or 1 with -quick")
	flags.StringVar(&o.json, "json", "", "write the raw samples to this `file`")
	flags.StringVar(&o.out, "out", "", "write RESULTS.md and the plots into this `directory`;\nwithout it a full run writes into results/<processor>, others nowhere")
	flags.StringVar(&o.readme, "readme", "", "make the generated part of this README `file` anew")
	flags.StringVar(&o.from, "from", "", "measure nothing, report what -json wrote to this `file`")
	flags.StringVar(&o.entry, "entry", "", "measure only the entries whose names begin with this `name`")
	flags.StringVar(&o.other, "against", "", "compare with the library in this `directory`, in turns")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a profile of the measuring to this `file`")
	flags.BoolVar(&o.cpu, "cpu", false, "rank and judge by processor time, for a machine that is busy with something else")
	flags.BoolVar(&o.quick, "quick", false, "run everything once, with little work: the figures mean nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.rounds < 0 {
		return o, fmt.Errorf("-rounds %d: want 0 or more", o.rounds)
	}
	o.settle()
	return o, nil
}

// settle sets the defaults that depend on the flags.
func (o *options) settle() {
	o.scale, o.watchdog = work.Full, 10*time.Second
	o.config = measure.Config{Rounds: 11, Fewest: 5, Budget: 6 * time.Second, Sample: 30 * time.Millisecond, Limit: time.Minute}
	if o.quick {
		o.scale, o.watchdog = work.Quick, 5*time.Second
		o.config = measure.Config{Rounds: 1, Limit: 2 * time.Minute}
	}
	if o.rounds > 0 {
		o.config.Rounds, o.config.Budget = o.rounds, 0
	}
	o.keep = o.out == "" && o.only == "" && o.entry == "" && o.from == "" && !o.quick && !o.cpu
}
