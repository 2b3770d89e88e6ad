package console

import (
	"bytes"
	"os"
	"path/filepath"
)

// here is the first line of the go.mod beside which `go -C examples run` starts a
// program.
var here = []byte("module github.com/millrace-go/millrace/examples\n")

// FromShell makes paths mean what they mean in the shell that the program was
// started from.
//
// `go -C examples run ./digest README.md` starts digest in the directory of this
// module, where README.md is another file than the one that the user sees. The
// go command leaves PWD as the shell had set it, so FromShell goes there. It does
// so in this module's directory only: elsewhere the working directory is what the
// program was started in on purpose, and PWD may be out of date.
func FromShell() {
	mod, err := os.ReadFile("go.mod")
	shell := os.Getenv("PWD") // not set by the shells of Windows, where paths stay relative to examples
	if err != nil || !bytes.HasPrefix(mod, here) || !filepath.IsAbs(shell) {
		return
	}
	_ = os.Chdir(shell) // a directory that is gone leaves the program where it is
}
