// Package mutant puts deliberate faults into the library, one at a time, and looks
// whether the test that is named for each of them sees it.
//
// A test that passes says little about what it would miss: most lines of the library
// are run by tests, and still a fault on many of them would go unseen. A fault of the
// list that survives is a promise that no test keeps.
package mutant

// A Fault is one wrong edit of the library.
type Fault struct {
	At         string // file and line of the list
	Name       string // what is wrong
	Promise    string // what it breaks, one of Promises
	Kind       string // one of Kinds
	File       string // of the library, from its root
	Old, New   string // the text that is replaced, which occurs once in the file
	Test       string // arguments of go test
	Equivalent string // why no caller can tell the difference; then there is no test
}

// Promises are what faults break, by a word of the list.
var Promises = map[string]string{
	"settle":   "every submit returns one future, and each settles exactly once; Stats add up",
	"never":    "what is Cancelled never ran, and what never ran is Cancelled, with the reason",
	"cancel":   "Cancel, Stop and the end of a context settle a pending task at once",
	"beats":    "a settled outcome beats an ended context; a wait leaves nothing behind",
	"context":  "a task's context has its values and ends when and why it should",
	"bounds":   "bounds are strict, and no slot is idle while a task could run",
	"wait":     "waits inside a task lend its slot, and a cycle is told",
	"panic":    "panics and Goexit are outcomes",
	"ondone":   "functions of OnDone run once, in order, under no lock",
	"complete": "AsCompleted, Wait, All, Any and Race: which ones, in which order",
	"map":      "maps deliver in order, fail where they say, and join what they started",
	"order":    "tasks start in order of submission, priority and key",
	"close":    "Close, Shutdown, Seal, Stop and Resize",
	"rest":     "nothing runs and nothing is kept that nobody needs",
	"scope":    "groups and scopes report what happened first",
	"stream":   "stages and sinks are their sequential twins",
	"misuse":   "what is out of range panics where it is written",
}

// Kinds are the ways to be wrong.
var Kinds = []string{
	"dropped wake-up",
	"skipped recheck",
	"missed detach",
	"off by one",
	"lost cause",
	"retention",
	"wrong count",
	"wrong order",
	"wrong outcome",
	"join left out",
	"missing guard",
}
