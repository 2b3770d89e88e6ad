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
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var (
	//go:embed testdata/mutex.go.txt
	mutex string
	//go:embed testdata/workloads.go.txt
	workloads string
)

// The pool's lock, as the library declares it and as it is built here.
const (
	plain   = "\tmu       sync.Mutex\n"
	counted = "\tmu       Counted\n"
)

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
	if !strings.Contains(string(text), plain) {
		return fmt.Errorf("%s: no line %q", pool, plain)
	}
	overlay, err := replace(dir, map[string]string{
		pool: strings.Replace(string(text), plain, counted, 1) + "\nvar _ sync.Mutex // the import is used\n",
		filepath.Join(root, "internal", "sched", "counted.go"):         mutex,
		filepath.Join(root, "internal", "sched", "counted", "main.go"): workloads,
	})
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "run", "-overlay", overlay, "./internal/sched/counted")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stdout, os.Stderr
	return cmd.Run()
}

// replace writes the texts into dir, and an overlay that puts them into the places of
// the files.
func replace(dir string, texts map[string]string) (overlay string, err error) {
	paths := map[string]string{}
	for path, text := range texts {
		paths[path] = filepath.Join(dir, fmt.Sprintf("%d.go", len(paths)))
		if err := os.WriteFile(paths[path], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": paths})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}
