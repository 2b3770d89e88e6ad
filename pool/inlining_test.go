package pool_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What the engine does between two items is inlined in a package that imports
// pool and nothing below it: there generic code is compiled.
func TestEngineIsInlinedInUsersPackages(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	build := exec.Command("go", "build", "-gcflags=-m", "-o", os.DevNull, "./testdata/user")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, f := range []string{
		"taskctx.Stretch.Begin", "taskctx.Stretch.Looked", "parallel.(*loop).over",
		"claim.(*Owner).Next", "claim.(*block).next", "ring.(*Gate).Waiting",
	} {
		if !strings.Contains(string(out), "inlining call to "+f+"\n") {
			t.Errorf("%s is not inlined: see internal/parallel/inlining.go", f)
		}
	}
}
