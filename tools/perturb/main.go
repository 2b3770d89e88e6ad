// Command perturb writes an overlay of the Go runtime whose scheduler is hostile: it picks
// goroutines at random, as it does under the race detector, and a goroutine yields now and
// then before it sends, receives, selects, closes a channel or locks a mutex, and after it has
// unlocked one. A test that is right only because some goroutine mostly comes first fails
// with it soon:
//
//	overlay=$(go -C tools run ./perturb DIR)
//	go test -overlay "$overlay" -vet=off ./...
//
// The overlay belongs to the Go that runs perturb, which must be one that is installed, not a
// toolchain that the go command has downloaded. DIR, which must be there, gets its files.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/millrace-go/millrace/tools/internal/overlay"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: perturb DIR")
		os.Exit(2)
	}
	name, err := write(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "perturb:", err)
		os.Exit(1)
	}
	fmt.Println(name)
}

// errDownloaded is the error for a Go that the go command has downloaded as a toolchain.
var errDownloaded = errors.New("the go command lets nothing take the place of files in its module cache; use an installed Go")

// write writes the overlay to dir and returns the name of the file for the flag -overlay.
func write(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	goroot, cache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if strings.HasPrefix(goroot, cache+string(filepath.Separator)) {
		return "", fmt.Errorf("%w: %s", errDownloaded, goroot)
	}
	src := filepath.Join(goroot, "src")
	texts := map[string]string{}
	for _, c := range changes {
		text, changed := texts[c.file]
		if !changed {
			b, err := os.ReadFile(filepath.Join(src, filepath.FromSlash(c.file)))
			if err != nil {
				return "", err
			}
			text = string(b)
		}
		if texts[c.file], err = c.apply(text); err != nil {
			return "", err
		}
	}
	return overlay.Write(src, dir, texts)
}

// A change puts a text behind the one place in a file that a pattern matches.
type change struct {
	file  string // below GOROOT/src
	place *regexp.Regexp
	text  string
}

func (c change) apply(text string) (string, error) {
	places := c.place.FindAllStringIndex(text, -1)
	if len(places) != 1 {
		return "", fmt.Errorf("%s of this Go has %d places that match %s, want 1", c.file, len(places), c.place)
	}
	end := places[0][1]
	return text[:end] + c.text + text[end:], nil
}

// entry is a change at the beginning of a function.
func entry(file, function, text string) change {
	return change{file, regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(function) + `\(.*\{$`), "\n\t" + text}
}

// end is a change at the end of a file.
func end(file, text string) change {
	return change{file, regexp.MustCompile(`\z`), text}
}

// The runtime must not yield on its own stacks, or while it holds its own locks, which
// goschedguarded sees to.
var changes = []change{
	{"runtime/proc.go", regexp.MustCompile(`(?m)^const randomizeScheduler = raceenabled$`), " || true"},
	end("runtime/proc.go", `
// perturb yields up to 4 times, at one of 12 calls.
func perturb() {
	gp := getg()
	if gp != gp.m.curg || cheaprandn(12) != 0 {
		return
	}
	for range 1 + cheaprandn(4) {
		goschedguarded()
	}
}

//go:linkname internal_sync_runtime_perturb internal/sync.runtime_perturb
func internal_sync_runtime_perturb() { perturb() }
`),
	entry("runtime/chan.go", "chansend", "perturb()"),
	entry("runtime/chan.go", "chanrecv", "perturb()"),
	entry("runtime/chan.go", "closechan", "perturb()"),
	entry("runtime/select.go", "selectgo", "perturb()"),
	entry("internal/sync/mutex.go", "(m *Mutex) Lock", "runtime_perturb()"),
	entry("internal/sync/mutex.go", "(m *Mutex) Unlock", "defer runtime_perturb()"),
	end("internal/sync/runtime.go", `
//go:linkname runtime_perturb
func runtime_perturb()
`),
}
