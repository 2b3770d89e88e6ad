package bubble

import (
	"bytes"
	"regexp"
	"runtime"
)

var (
	// header matches the first line of a goroutine's stack, as in
	//
	//	goroutine 7 [chan receive (durable), synctest bubble 3]:
	header = regexp.MustCompile(`^goroutine \d+ \[.*(synctest bubble \d+)`)

	// machinery matches the last lines of the stacks of those goroutines of a
	// bubble that testing starts: its root, and the one that runs the test.
	machinery = regexp.MustCompile(`\ncreated by testing[./].*\n.*\s*$`)
)

// started returns the stacks of all goroutines of the caller's bubble that
// were started in it.
//
// runtime.NumGoroutine would be cheaper, and wrong: it counts those of the
// whole process, where other tests may run at the same time and the ends of
// earlier ones may still be on their way.
func started() [][]byte {
	mine := bubbleOf(stacks(false))
	if mine == "" {
		panic("bubble: the caller is not in a bubble")
	}
	var found [][]byte
	for stack := range bytes.SplitSeq(stacks(true), []byte("\n\n")) {
		if bubbleOf(stack) == mine && !machinery.Match(stack) {
			found = append(found, stack)
		}
	}
	return found
}

// bubbleOf returns the bubble of the goroutine that the stack belongs to, or
// "" if it is in none.
func bubbleOf(stack []byte) string {
	if match := header.FindSubmatch(stack); match != nil {
		return string(match[1])
	}
	return ""
}

// stacks returns the stack of the caller, or of all goroutines.
func stacks(all bool) []byte {
	for size := 64 << 10; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, all); n < size {
			return buf[:n]
		}
	}
}
