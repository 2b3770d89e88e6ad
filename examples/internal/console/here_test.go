package console_test

import (
	"os"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/stretchr/testify/require"
)

// A program that `go -C examples run` has started works in the shell's
// directory; one that was started anywhere else stays there.
func TestFromShell(t *testing.T) {
	shell, other := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(other+"/go.mod", []byte("module example.org/other\n"), 0o600))
	t.Chdir("../..") // the root of this module
	module := workingDirectory(t)
	for _, c := range []struct{ name, started, pwd, want string }{
		{"by go -C examples run", module, shell, shell},
		{"in the module", module, module, module},
		{"with a PWD that is gone", module, shell + "/gone", module},
		{"with a relative PWD", module, "internal", module},
		{"without a PWD", module, "", module},
		{"elsewhere, with an old PWD", shell, module, shell},
		{"in another module, with an old PWD", other, shell, other},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(c.started)
			t.Setenv("PWD", c.pwd)
			console.FromShell()
			if got := workingDirectory(t); got != c.want {
				t.Errorf("the working directory is %s, want %s", got, c.want)
			}
		})
	}
}

// workingDirectory asks the system, not PWD.
func workingDirectory(t *testing.T) string {
	t.Helper()
	t.Setenv("PWD", "")
	dir, err := os.Getwd()
	require.NoError(t, err)
	return dir
}
