package mutant

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/millrace-go/millrace/tools/internal/overlay"
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
	Root    string
	Timeout time.Duration // of one test command; one that hangs has seen the fault

	baseline map[string]baseline // by test command
}

// A baseline is what a test command does without a fault.
type baseline struct {
	wrong string   // what is wrong with it
	drop  []string // test files that it can do without
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
	base := r.withoutFault(ctx, f.Test)
	if base.wrong != "" {
		return result(Broken, "the test fails without the fault:\n"+base.wrong)
	}
	list, remove, err := r.overlay(base.drop, f.File, text)
	if err != nil {
		return result(Broken, err.Error())
	}
	defer remove()
	output, passed := r.test(ctx, f.Test, "-overlay="+list)
	switch {
	case notBuilt(output):
		return result(Broken, output)
	case passed:
		return result(Survived, output)
	}
	return result(Killed, output)
}

// withoutFault tries a test command on the library as it is. It has to pass and to run
// something. Each command is tried once.
func (r *Runner) withoutFault(ctx context.Context, args string) baseline {
	if base, ok := r.baseline[args]; ok {
		return base
	}
	base := baseline{drop: r.unneeded(args)}
	if base.wrong = r.try(ctx, args, base.drop); notBuilt(base.wrong) {
		base = baseline{wrong: r.try(ctx, args, nil)}
	}
	if r.baseline == nil {
		r.baseline = map[string]baseline{}
	}
	r.baseline[args] = base
	return base
}

// try returns what is wrong with a test command without some of the test files.
func (r *Runner) try(ctx context.Context, args string, drop []string) string {
	list, remove, err := r.overlay(drop, "", "")
	if err != nil {
		return err.Error()
	}
	defer remove()
	output, passed := r.test(ctx, args, "-overlay="+list)
	if passed && !strings.Contains(output, "[no tests to run]") && !strings.Contains(output, "[no test files]") {
		return ""
	}
	return output
}

func notBuilt(output string) bool {
	return strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]")
}

// overlay writes the file that tells go build to take a text in place of a file, and
// to do without others.
func (r *Runner) overlay(drop []string, file, text string) (name string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	replace := map[string]string{}
	for _, d := range drop {
		rel, err := filepath.Rel(r.Root, d)
		if err != nil {
			return "", remove, err
		}
		replace[rel] = ""
	}
	if file != "" {
		replace[file] = text
	}
	name, err = overlay.Write(r.Root, dir, replace)
	return name, remove, err
}

// test runs go test with the arguments of a fault and some more.
func (r *Runner) test(ctx context.Context, args string, more ...string) (output string, passed bool) {
	all := append([]string{"test", "-count=1", "-vet=off", fmt.Sprintf("-timeout=%v", r.Timeout)}, more...)
	words := strings.Fields(args)
	dir := r.Root
	if len(words) > 0 && strings.HasPrefix(words[0], "./") {
		dir, words[0] = r.module(words[0])
	}
	cmd := exec.CommandContext(ctx, "go", append(all, words...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// module returns the directory of the module that a package is in, and the package as it is
// called there.
func (r *Runner) module(pkg string) (dir, rel string) {
	for at := path.Clean(pkg); at != "."; at = path.Dir(at) {
		dir := filepath.Join(r.Root, filepath.FromSlash(at))
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, "." + strings.TrimPrefix(path.Clean(pkg), at)
		}
	}
	return r.Root, pkg
}
