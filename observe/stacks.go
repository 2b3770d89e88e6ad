package observe

import (
	"bytes"
	"cmp"
	"runtime/pprof"
	"strconv"
	"strings"
)

// What is shown of the stacks of a task. It has several if it has started goroutines.
const (
	mostStack     = 4000 // bytes of each
	mostStacks    = 3
	stackOmission = "… and the stacks of other goroutines that the task has started\n"
)

// addStacks adds to each task its stack, and those of goroutines that it has started.
// They are found by the label of the task in the profile of all goroutines.
func addStacks(tasks []taskView) {
	var profile bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&profile, 1) != nil {
		return // a buffer takes all that is written
	}
	wanted := make(map[uint64]*taskView, len(tasks))
	for i := range tasks {
		wanted[tasks[i].ID] = &tasks[i]
	}
	found := map[uint64]int{}
	for part := range strings.SplitSeq(profile.String(), "\n\n") {
		id, ok := idOf(part)
		task := wanted[id]
		if !ok || task == nil {
			continue
		}
		switch found[id]++; {
		case found[id] <= mostStacks:
			task.Stack += cut(readable(part), mostStack) + "\n"
		case found[id] == mostStacks+1:
			task.Stack += stackOmission
		}
	}
}

// idOf returns the label of a task in a part of a profile.
func idOf(part string) (uint64, bool) {
	_, rest, ok := strings.Cut(part, `"`+idLabel+`":"`)
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, `"`)
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil
}

// readable returns the frames of a part of a profile, one a line: function, file and
// line. There they are "#      0x4a1b2c        main.work+0x1c  /src/main.go:12".
func readable(part string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(part, "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) < 4 || fields[0] != "#" {
			continue
		}
		name, _, _ := strings.Cut(fields[2], "+0x")
		b.WriteString(cmp.Or(strings.TrimSpace(name), "?") + "\n\t" + strings.TrimSpace(fields[len(fields)-1]) + "\n")
	}
	return b.String()
}
