package mutant

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-go/millrace/tools/internal/overlay"
)

// A batch is a test binary of one package with many faults in it.
type batch struct {
	r      *Runner
	pkg    string // ./pool
	dir    string // temporary
	race   bool
	faults map[int]Fault
	broken map[int]string // what does not compile
}

// RunAll is Run for many faults, which it calls done with one by one. It compiles
// those that it can into one binary for each package of tests.
func (r *Runner) RunAll(ctx context.Context, faults []Fault, done func(Result)) error {
	batches := map[string]*batch{}
	var order []*batch
	var alone []Fault
	for i, f := range faults {
		key, ok := r.batchOf(f)
		if !ok {
			alone = append(alone, f)
			continue
		}
		b := batches[key]
		if b == nil {
			b = &batch{r: r, pkg: strings.Fields(f.Test)[0], race: strings.Contains(f.Test, "-race"), faults: map[int]Fault{}, broken: map[int]string{}}
			batches[key] = b
			order = append(order, b)
		}
		b.faults[i+1] = f
	}
	for _, b := range order {
		rest, err := b.run(ctx, len(faults), done)
		if err != nil {
			return err
		}
		alone = append(alone, rest...)
	}
	for _, f := range alone {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done(r.Run(ctx, f))
	}
	return nil
}

// batchOf returns the binary that a fault can be compiled into.
func (r *Runner) batchOf(f Fault) (key string, ok bool) {
	words := strings.Fields(f.Test)
	if len(words) == 0 || !strings.HasPrefix(words[0], "./") {
		return "", false
	}
	if _, err := f.apply(r.Root); err != nil {
		return "", false
	}
	return words[0] + strconv.FormatBool(strings.Contains(f.Test, "-race")), true
}

// run runs the faults of a batch, and returns those that have to be run alone.
func (b *batch) run(ctx context.Context, n int, done func(Result)) (alone []Fault, err error) {
	if b.dir, err = os.MkdirTemp("", "mutate"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	embedded, err := b.build(ctx)
	if err != nil {
		return nil, err
	}
	wrong := map[string]bool{} // test commands that do not work here
	for id := 1; id <= n; id++ {
		f, ok := b.faults[id]
		if !ok {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if msg := b.broken[id]; msg != "" {
			done(Result{f, Broken, msg, 0})
			continue
		}
		if _, ok := wrong[f.Test]; embedded[id] && !ok {
			output, passed := b.test(ctx, f.Test, 0)
			wrong[f.Test] = !passed || strings.Contains(output, "no tests to run")
		}
		if !embedded[id] || wrong[f.Test] {
			alone = append(alone, f)
			continue
		}
		started := time.Now()
		output, passed := b.test(ctx, f.Test, id)
		outcome := Killed
		if passed {
			outcome = Survived
		}
		done(Result{f, outcome, output, time.Since(started)})
	}
	return alone, nil
}

// build compiles the binary, again without what does not compile, and returns which
// faults are in it.
func (b *batch) build(ctx context.Context) (embedded map[int]bool, err error) {
	for {
		sources, embedded, err := b.embed()
		if err != nil || len(embedded) == 0 {
			return nil, err
		}
		list, err := b.write(sources)
		if err != nil {
			return nil, err
		}
		args := []string{"test", "-c", "-vet=off", "-gcflags=-e", "-overlay=" + list, "-o", b.binary()}
		if b.race {
			args = append(args, "-race")
		}
		dir, pkg := b.r.module(b.pkg)
		cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil {
			return embedded, nil
		}
		if !b.blame(string(out), sources) {
			return nil, fmt.Errorf("%s with faults: %w\n%s", b.pkg, err, out)
		}
	}
}

func (b *batch) binary() string { return filepath.Join(b.dir, "tests") }

// embed compiles into the files what has not turned out not to compile.
func (b *batch) embed() (sources map[string]*source, embedded map[int]bool, err error) {
	sources, embedded = map[string]*source{}, map[int]bool{}
	for id, f := range b.faults {
		if b.broken[id] != "" {
			continue
		}
		s := sources[f.File]
		if s == nil {
			text, err := os.ReadFile(filepath.Join(b.r.Root, filepath.FromSlash(f.File)))
			if err != nil {
				return nil, nil, err
			}
			if s, err = newSource(string(text)); err != nil {
				return nil, nil, err
			}
			sources[f.File] = s
		}
		if s.embed(id, f) {
			embedded[id] = true
		}
	}
	return sources, embedded, nil
}

// write writes the files, and the overlay that has them take their places.
func (b *batch) write(sources map[string]*source) (list string, err error) {
	replace := map[string]string{}
	for file, s := range sources {
		replace[file] = s.String()
		replace[path.Join(path.Dir(file), "mutant_identity.go")] = identity(s.file.Name.Name)
	}
	return overlay.Write(b.r.Root, b.dir, replace)
}

var location = regexp.MustCompile(`(?m)^(\S+):(\d+):\d+: (.*)$`)

// blame finds out which faults do not compile. It reports false if it is not a fault.
func (b *batch) blame(output string, sources map[string]*source) (found bool) {
	for _, m := range location.FindAllStringSubmatch(output, -1) {
		line, _ := strconv.Atoi(m[2])
		for file, s := range sources {
			if filepath.Base(m[1]) != overlay.Name(file) {
				continue
			}
			if id := s.fault(line); id != 0 {
				b.broken[id] += m[3] + "\n"
				found = true
			}
		}
	}
	return found
}

// test runs a test command with one fault, 0 for none.
func (b *batch) test(ctx context.Context, args string, id int) (output string, passed bool) {
	all := []string{"-test.count=1", fmt.Sprintf("-test.timeout=%v", b.r.Timeout)}
	for _, word := range strings.Fields(args)[1:] {
		switch {
		case word == "-race":
		case strings.HasPrefix(word, "-"):
			all = append(all, "-test."+strings.TrimPrefix(word, "-"))
		default:
			all = append(all, word)
		}
	}
	cmd := exec.CommandContext(ctx, b.binary(), all...)
	cmd.Dir = filepath.Join(b.r.Root, filepath.FromSlash(b.pkg))
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", variable, id))
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}
