// Command locks counts how often tasks of a pool take the pool's lock, and measures for
// how long they hold it: what bounds a pool on many processors.
//
//	go -C tools run ./locks ..
//
// The library as it ships counts nothing. The command builds it with a mutex that does,
// in place of the pool's, by the go command's -overlay.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/millrace-go/millrace/tools/internal/overlay"
)

var (
	//go:embed testdata/mutex.go.txt
	mutex string
	//go:embed testdata/workloads.go.txt
	workloads string
)

// The pool's lock, as the library declares it and as it is built here.
var plain = regexp.MustCompile(`(?m)^\tmu +sync\.Mutex$`)

const counted = "\tmu Counted"

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := run(root); err != nil {
		fmt.Fprintln(os.Stderr, "locks:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "locks")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	pool := filepath.Join(root, "internal", "sched", "pool.go")
	text, err := os.ReadFile(pool)
	if err != nil {
		return err
	}
	if !plain.Match(text) {
		return fmt.Errorf("%s: no line %q", pool, plain)
	}
	list, err := overlay.Write(root, dir, map[string]string{
		"internal/sched/pool.go":         plain.ReplaceAllString(string(text), counted) + "\nvar _ sync.Mutex // the import is used\n",
		"internal/sched/counted.go":      mutex,
		"internal/sched/counted/main.go": workloads,
	})
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "run", "-overlay", list, "./internal/sched/counted")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stdout, os.Stderr
	return cmd.Run()
}
