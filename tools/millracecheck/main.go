// Command millracecheck finds uses of millrace that compile and are wrong:
//
//   - discard: a map or a stream that nobody ranges over or runs
//   - droperrors: a loop over a map or a stream that drops the errors
//   - waitctx: a wait inside a task with a context that is not the task's
//   - selfwait: a task that closes its own pool, or waits for its own group
//   - latemember: a member that is submitted after Wait
//   - lostchild: a child that nobody awaits and that ends with its parent
//
// It runs by itself and under go vet:
//
//	go install github.com/millrace-go/millrace/tools/millracecheck@latest
//	millracecheck ./...
//	go vet -vettool="$(which millracecheck)" ./...
//
// A flag by the name of a check runs that one alone: -discard. The checks look at
// what is written in one function, at variables that are assigned once and at
// functions that are written where they are passed, and keep quiet about the rest.
package main

import (
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/millrace-go/millrace/tools/internal/misuse"
)

func main() { multichecker.Main(misuse.Analyzers...) }
