package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// order starts goroutines on one processor and prints in which order they run, which without
// the overlay is always the same.
const order = `package main

import "fmt"

func main() {
	done := make(chan int, 16)
	for i := range 16 {
		go func() { done <- i }()
	}
	for range 16 {
		fmt.Print(<-done, " ")
	}
}
`

func TestPerturb(t *testing.T) {
	dir := t.TempDir()
	name, err := write(dir)
	if errors.Is(err, errDownloaded) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, binary := filepath.Join(dir, "order.go"), filepath.Join(dir, "order")
	if err := os.WriteFile(program, []byte(order), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-overlay", name, "-o", binary, program).CombinedOutput(); err != nil {
		t.Fatalf("a program does not build: %v\n%s", err, out)
	}
	orders := map[string]bool{}
	for range 10 {
		run := exec.Command(binary)
		run.Env = append(os.Environ(), "GOMAXPROCS=1")
		out, err := run.Output()
		if len(strings.Fields(string(out))) != 16 || err != nil {
			t.Fatalf("the program prints %q, %v", out, err)
		}
		orders[string(out)] = true
	}
	if len(orders) < 5 {
		t.Errorf("%d orders in 10 runs, want them to differ", len(orders))
	}
}

func TestChangeFindsOnePlace(t *testing.T) {
	c := change{"f.go", regexp.MustCompile(`b`), "X"}
	if got, err := c.apply("abc"); got != "abXc" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"ac", "abcb"} {
		if got, err := c.apply(text); err == nil || !strings.Contains(err.Error(), "f.go") {
			t.Errorf("in %q: %q, %v, want an error that names the file", text, got, err)
		}
	}
}
