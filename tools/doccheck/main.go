// Command doccheck reports what is wrong in the documentation of a module and
// would otherwise be found by readers: doc links that lead nowhere, code in package docs
// that no test has, functions and methods without an example, constants that go doc lists
// apart from their type, a README whose program does not build after its go get, and
// documents that name or link to a test, a file or a heading that is not there. Files for
// Go 1.27 need that version:
//
//	GOTOOLCHAIN=go1.27.2 go -C tools run ./doccheck ..
//
// The exit status is 1 if it has found something, and 2 if it could not look.
package main

import (
	"fmt"
	"os"

	"github.com/millrace-go/millrace/tools/internal/doclint"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	findings, err := doclint.Check(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "doccheck:", err)
		os.Exit(2)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}
