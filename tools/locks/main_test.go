package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The line that is replaced is there.
func TestPoolHasTheLock(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "sched", "pool.go"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), plain); n != 1 {
		t.Errorf("the pool has %d lines %q, want 1", n, plain)
	}
}

// An overlay of files that exist and of files that do not is one that the go command
// reads.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	overlay, err := replace(dir, map[string]string{"/a.go": "package a\n", "/b.go": "package b\n"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(overlay)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Replace"`, `"/a.go"`, `"/b.go"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the overlay is %s, want %s in it", text, want)
		}
	}
}
