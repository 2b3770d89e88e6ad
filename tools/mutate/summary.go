package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/millrace-go/millrace/tools/internal/mutant"
)

// summarize prints how many faults of each promise and each kind came to what.
func summarize(results []mutant.Result) {
	outcomes := []mutant.Outcome{mutant.Killed, mutant.Equivalent, mutant.Survived, mutant.Broken}
	table := func(title string, by func(mutant.Fault) string) {
		counts := map[string]map[mutant.Outcome]int{}
		for _, r := range results {
			for _, key := range []string{by(r.Fault), "all"} {
				if counts[key] == nil {
					counts[key] = map[mutant.Outcome]int{}
				}
				counts[key][r.Outcome]++
			}
		}
		fmt.Printf("\n%-20s", title)
		for _, o := range outcomes {
			fmt.Printf(" %10s", o)
		}
		fmt.Println()
		for _, key := range slices.Sorted(maps.Keys(counts)) {
			fmt.Printf("%-20s", key)
			for _, o := range outcomes {
				fmt.Printf(" %10d", counts[key][o])
			}
			fmt.Println()
		}
	}
	table("promise", func(f mutant.Fault) string { return f.Promise })
	table("kind", func(f mutant.Fault) string { return f.Kind })
}
