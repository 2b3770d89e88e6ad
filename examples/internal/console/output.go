package console

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Written returns what run does with standard output. If that is OK, and yet something
// could not be written, as on a full disk, Written says so and returns Failed: a program
// need not look at each of its prints.
func Written(run func(stdout io.Writer) int) int {
	out := &output{file: os.Stdout}
	status := run(out)
	if err := out.err.Load(); err != nil && status == OK {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), *err)
		return Failed
	}
	return status
}

// An output is a file that remembers the first error of writing to it.
type output struct {
	file *os.File
	err  atomic.Pointer[error]
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.file.Write(b)
	if err != nil {
		o.err.CompareAndSwap(nil, &err)
	}
	return n, err
}

// Fd tells a terminal.
func (o *output) Fd() uintptr { return o.file.Fd() }
