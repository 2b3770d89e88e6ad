package console_test

import (
	"os"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// A program that cannot write its output says so, and fails.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	cmd := exampletest.Command(t, "print")
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = full, &errs
	err = cmd.Run()
	require.Error(t, err)
	if status := cmd.ProcessState.ExitCode(); status != console.Failed || !strings.Contains(errs.String(), "no space left") {
		t.Errorf("the program says %q and ends with %d, want %d", errs.String(), status, console.Failed)
	}
}
