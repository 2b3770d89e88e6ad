package observe

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-go/millrace/observe/internal/safe"
)

// mostGoroutines is how many a program may have for the page to take stacks. The profile has one
// entry for each, as their labels differ: it takes 2 s and 17 MB for 20,000 goroutines, 9 s and
// 87 MB for 100,000 (on an AMD EPYC).
const mostGoroutines = 20_000

// stacksRest is how many times longer stacks are shown than it took to take them, so that the
// program keeps most of its processor time, however many look at the page.
const stacksRest = 10

// What is shown of the stacks of a task. It has several if it has started goroutines.
const (
	mostStack     = 4000 // bytes of each
	mostStacks    = 3
	stackOmission = "… and the stacks of other goroutines that the task has started\n"
)

// withStacks adds the stacks to a snapshot, or why there are none.
func (p *Page) withStacks(s *snapshot) {
	if n := runtime.NumGoroutine(); n > p.mostGoroutines {
		s.NoStacks = fmt.Sprintf("No stacks: the program has %s goroutines, and the page takes the stacks of at most %s. A goroutine profile has them all.",
			whole(n), whole(p.mostGoroutines))
		return
	}
	began := time.Now()
	addStacks(s.Tasks, p.mark)
	s.kept = keptFor(time.Since(began))
}

// keptFor returns how long a snapshot is shown whose stacks took so long.
func keptFor(took time.Duration) time.Duration { return max(snapshotAge, stacksRest*took) }

// addStacks adds to each task its stack, and those of goroutines that it has started.
// They are found by the label of the task, which begins with the mark of its page, in the
// profile of all goroutines.
func addStacks(tasks []taskView, mark string) {
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
		id, ok := idOf(part, mark)
		task := wanted[id]
		if !ok || task == nil {
			continue
		}
		switch found[id]++; {
		case found[id] <= mostStacks:
			task.Stack += safe.Cut(readable(part), mostStack) + "\n"
		case found[id] == mostStacks+1:
			task.Stack += stackOmission
		}
	}
}

// idOf returns the id of a task, by its label in a part of a profile.
func idOf(part, mark string) (uint64, bool) {
	_, rest, ok := strings.Cut(part, `"`+idLabel+`":"`+mark)
	if !ok {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, `"`)
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil
}

// readable returns the frames of a part of a profile, function, file and line, without
// those of the pool that called the task. There they are
// "#      0x4a1b2c        main.work+0x1c  /src/main.go:12".
func readable(part string) string {
	var frames, names []string
	for line := range strings.SplitSeq(part, "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) < 4 || fields[0] != "#" {
			continue
		}
		name, _, _ := strings.Cut(fields[2], "+0x")
		name = cmp.Or(strings.TrimSpace(name), "?")
		names = append(names, name)
		frames = append(frames, name+"\n\t"+strings.TrimSpace(fields[len(fields)-1])+"\n")
	}
	n := len(frames)
	for n > 1 && ofPool(names[n-1]) {
		n--
	}
	return strings.Join(frames[:n], "")
}

// ofPool reports whether a function is one of those that run tasks.
func ofPool(name string) bool {
	rest, ours := strings.CutPrefix(name, "github.com/millrace-go/millrace/")
	return ours && (strings.HasPrefix(rest, "pool.") || strings.HasPrefix(rest, "internal/"))
}
