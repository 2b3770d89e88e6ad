// Command mutate puts the faults of tools/mutate/faults into the library, one at a
// time, and fails if the test that is named for one of them does not see it.
//
//	go -C tools run ./mutate ..                 every fault
//	go -C tools run ./mutate -run 'bounds' ..   those whose name, promise, kind or file matches
//	go -C tools run ./mutate -check ..          only whether the list applies to the library
//
// A fault replaces the old text, which must be in the file once, by the new one. The fields
// of an entry are those of mutant.Fault, in tools/internal/mutant/fault.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"github.com/millrace-go/millrace/tools/internal/mutant"
)

func main() {
	check := flag.Bool("check", false, "look only whether the list applies")
	only := flag.String("run", "", "run the faults that match a `pattern`")
	verbose := flag.Bool("v", false, "show the output of the tests")
	timeout := flag.Duration("timeout", time.Minute, "end a test after `d`; it has seen the fault then")
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fail(err)
	}
	faults, err := mutant.ReadList(filepath.Join(root, "tools", "mutate", "faults"))
	if err != nil {
		fail(err)
	}
	if findings := mutant.Check(root, faults); len(findings) > 0 {
		for _, f := range findings {
			fmt.Println(f)
		}
		if *check {
			os.Exit(1)
		}
	}
	if *check {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r := &mutant.Runner{Root: root, Timeout: *timeout}
	if !run(ctx, r, faults, pattern, *verbose) {
		os.Exit(1)
	}
}

// run reports whether all faults that match are killed or equivalent.
func run(ctx context.Context, r *mutant.Runner, faults []mutant.Fault, pattern *regexp.Regexp, verbose bool) bool {
	var chosen []mutant.Fault
	for _, f := range faults {
		if pattern.MatchString(f.Name + "\n" + f.Promise + "\n" + f.Kind + "\n" + f.File) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		fail(fmt.Errorf("no fault matches %q", pattern))
	}
	var results []mutant.Result
	good := true
	err := r.RunAll(ctx, chosen, func(result mutant.Result) {
		results = append(results, result)
		fmt.Printf("%-10s %6.1fs  %s (%s)\n", result.Outcome, result.Took.Seconds(), result.Fault.Name, result.Fault.At)
		bad := result.Outcome == mutant.Survived || result.Outcome == mutant.Broken
		if verbose || bad {
			fmt.Println(result.Output)
		}
		good = good && !bad
	})
	if err != nil {
		fail(err)
	}
	summarize(results)
	return good
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(2)
}
