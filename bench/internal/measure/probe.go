package measure

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Deadlocks is the failure of an entry that did not end.
const Deadlocks = "deadlocks"

// probesAtOnce is more than there may be processors: those that deadlock only
// wait for the watchdog.
const probesAtOnce = 12

// Probe does each entry once, in a process of its own that the command starts
// with the names of the workload and the entry as its last arguments, and returns
// the failures by workload and entry. An entry that deadlocks, crashes or computes
// the wrong thing is found here, where it can be killed: after as long as limit says for
// an entry of that name.
func Probe(ws []Workload, command []string, limit func(entry string) time.Duration, done func(Step)) map[string]map[string]string {
	var (
		mu       sync.Mutex
		failures = map[string]map[string]string{}
		group    errgroup.Group
	)
	group.SetLimit(probesAtOnce)
	for _, w := range ws {
		failures[w.Name] = map[string]string{}
	}
	for _, w := range ws {
		for _, e := range w.Entries {
			group.Go(func() error {
				failure := probe(command, w, e.Name, limit(e.Name))
				mu.Lock()
				defer mu.Unlock()
				if failure != "" {
					failures[w.Name][e.Name] = failure
				}
				if done != nil {
					done(Step{w.Name, e.Name})
				}
				return nil
			})
		}
	}
	_ = group.Wait() // no probe returns an error
	return failures
}

// atWork finds, in what a process says when it quits, a goroutine that neither waits nor sleeps.
var atWork = regexp.MustCompile(`(?m)^goroutine [1-9]\d* .*\[runn(ing|able)`)

func probe(command []string, w Workload, name string, limit time.Duration) string {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], slices.Concat(command[1:], []string{w.Name, name})...)
	// Its processor time would not tell one that is stuck from one that gets little of a busy machine.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = limit
	var output bytes.Buffer
	cmd.Stderr = &output
	err := cmd.Run()
	switch {
	case err == nil:
		return ""
	case strings.Contains(output.String(), "all goroutines are asleep"):
		return w.hangs() // found by the runtime before the watchdog did
	case ctx.Err() == nil:
		first, _, _ := strings.Cut(strings.TrimSpace(output.String()), "\n")
		return "fails: " + first
	case atWork.MatchString(output.String()):
		return fmt.Sprintf("no end in %v", limit)
	default:
		return w.hangs()
	}
}

func (w Workload) hangs() string { return cmp.Or(w.Hangs, Deadlocks) }

// Once does one entry of ws a single time, in the process of a probe. It reports
// whether there is such an entry.
func Once(ws []Workload, workload, name string) bool {
	w, e, ok := find(ws, workload, name)
	if !ok {
		return false
	}
	defer w.processors()()
	b := e.Open()
	b.once()
	b.close()
	return true
}
