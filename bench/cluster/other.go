//go:build !unix

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "cluster: servers are killed and watched here as Unix does it")
	os.Exit(1)
}
