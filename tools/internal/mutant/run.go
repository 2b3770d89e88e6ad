package mutant

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// An Outcome is what became of a fault.
type Outcome string

// The outcomes. All but Killed and Equivalent are for somebody to look at.
const (
	Killed     Outcome = "killed"
	Survived   Outcome = "SURVIVED"
	Equivalent Outcome = "equivalent"
	Broken     Outcome = "BROKEN" // does not apply, does not compile, or its test fails without it
)

// A Result is the outcome of one fault, with the output of its test.
type Result struct {
	Fault   Fault
	Outcome Outcome
	Output  string
	Took    time.Duration
}

// A Runner runs faults over the library at Root. The library itself is not touched:
// a copy of the fault's file takes the file's place in the build.
type Runner struct {
	Root     string
	Timeout  time.Duration // of one test command; one that hangs has seen the fault
	baseline map[string]string
}

// Run puts one fault into the library and runs its test.
func (r *Runner) Run(ctx context.Context, f Fault) Result {
	started := time.Now()
	result := func(o Outcome, output string) Result {
		return Result{f, o, output, time.Since(started)}
	}
	text, err := f.apply(r.Root)
	if err != nil {
		return result(Broken, err.Error())
	}
	if f.Equivalent != "" {
		return result(Equivalent, f.Equivalent)
	}
	if output := r.withoutFault(ctx, f.Test); output != "" {
		return result(Broken, "the test fails without the fault:\n"+output)
	}
	overlay, remove, err := r.overlay(f, text)
	if err != nil {
		return result(Broken, err.Error())
	}
	defer remove()
	output, passed := r.test(ctx, f.Test, "-overlay="+overlay)
	switch {
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		return result(Broken, output)
	case passed:
		return result(Survived, output)
	}
	return result(Killed, output)
}

// withoutFault returns what is wrong with a test command on the library as it is,
// which has to pass and to run something. Each command is run once.
func (r *Runner) withoutFault(ctx context.Context, args string) string {
	if output, ok := r.baseline[args]; ok {
		return output
	}
	output, passed := r.test(ctx, args)
	if passed && !strings.Contains(output, "[no tests to run]") {
		output = ""
	}
	if r.baseline == nil {
		r.baseline = map[string]string{}
	}
	r.baseline[args] = output
	return output
}

// overlay writes the file with the fault, and the file that tells go build of it.
func (r *Runner) overlay(f Fault, text string) (name string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	root, err := filepath.Abs(r.Root)
	if err != nil {
		return "", remove, err
	}
	mutant := filepath.Join(dir, filepath.Base(f.File))
	replace := map[string]string{filepath.Join(root, filepath.FromSlash(f.File)): mutant}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", remove, err
	}
	name = filepath.Join(dir, "overlay.json")
	for file, content := range map[string]string{mutant: text, name: string(list)} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			return "", remove, err
		}
	}
	return name, remove, nil
}

// test runs go test with the arguments of a fault and some more.
func (r *Runner) test(ctx context.Context, args string, more ...string) (output string, passed bool) {
	all := append([]string{"test", "-count=1", "-vet=off", fmt.Sprintf("-timeout=%v", r.Timeout)}, more...)
	cmd := exec.CommandContext(ctx, "go", append(all, strings.Fields(args)...)...)
	cmd.Dir = r.Root
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}
