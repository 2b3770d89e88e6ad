package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The line that is replaced is there.
func TestPoolHasTheLock(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "sched", "pool.go"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(plain.FindAll(text, -1)); n != 1 {
		t.Errorf("the pool has %d lines %q, want 1", n, plain)
	}
}
