// Command apicheck compares the exported declarations of the repository with
// api/*.txt, so that a change of the surface is part of the change that makes it.
//
//	GOTOOLCHAIN=go1.27.2 go -C tools run ./apicheck ..      fails if they differ
//	GOTOOLCHAIN=go1.27.2 go -C tools run ./apicheck -w ..   writes them anew
//
// A directory like api/v0.1.0 holds the surface of the newest release. What it has
// and the repository has not is a break of callers: apicheck fails unless
// CHANGELOG.md names it under Changed or Removed. To cut a release:
//
//	GOTOOLCHAIN=go1.27.2 go -C tools run ./apicheck -release v0.2.0 ..
//
// With an older toolchain than a file of the API needs, that file is left out.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

func main() {
	write := flag.Bool("w", false, "write api/*.txt")
	release := flag.String("release", "", "keep the surface as that of a `version`")
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	c, err := load(root)
	if err != nil {
		fail(err)
	}
	switch {
	case *release != "":
		err = c.release(*release)
	case *write:
		err = c.write()
	default:
		findings := slices.Concat(c.differences(), c.untold(), c.leaks())
		for _, f := range findings {
			fmt.Println(f)
		}
		if len(findings) > 0 {
			os.Exit(1)
		}
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "apicheck:", err)
	os.Exit(2)
}
