package observe

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/safe"
)

// What is kept of failures: how many, and how many bytes of each.
const (
	failuresKept = 50
	failureText  = 500
	failureStack = 4000
	failureName  = 200
)

// failures are the last failures that differ. One that occurs again is counted.
type failures struct {
	mu    sync.Mutex
	total uint64
	kept  map[failureKey]*failure
}

// A failureKey is what makes failures the same.
type failureKey struct{ pool, task, kind, text string }

type failure struct {
	failureKey
	id          uint64 // no other one has it
	count       uint64
	first, last time.Time
	run         time.Duration // of the last one
	stack       string        // of a panic, the last one
}

// add adds the failure of a task.
func (f *failures) add(t *millrace.TaskInfo, at time.Time) {
	// The texts are those of errors of users, so they are made outside the lock.
	key := failureKey{safe.Cut(t.Pool, failureName), safe.Cut(Name(t), failureName), ErrorType(t), safe.Cut(safe.Text(t.Err), failureText)}
	stack := ""
	if p := safe.PanicOf(t.Err); p != nil {
		stack = safe.Cut(string(p.Stack), failureStack)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total++
	x := f.kept[key]
	if x == nil {
		x = f.roomLocked(key)
		x.first = at
	}
	x.count++
	x.last, x.run, x.stack = at, t.Run, stack
}

// roomLocked returns a new failure, in place of the oldest one if there are enough.
func (f *failures) roomLocked(key failureKey) *failure {
	if f.kept == nil {
		f.kept = map[failureKey]*failure{}
	}
	if len(f.kept) >= failuresKept {
		var oldest *failure
		for _, x := range f.kept {
			if oldest == nil || later(*oldest, *x) < 0 {
				oldest = x
			}
		}
		delete(f.kept, oldest.failureKey)
	}
	x := &failure{failureKey: key, id: f.total}
	f.kept[key] = x
	return x
}

// list returns the failures that are kept, the last one first, and how many there were
// in all.
func (f *failures) list() (kept []failure, total uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.kept {
		kept = append(kept, *x)
	}
	slices.SortFunc(kept, later)
	return kept, f.total
}

// later puts the failure first that was the last one to occur.
func later(a, b failure) int {
	return cmp.Or(b.last.Compare(a.last), cmp.Compare(b.id, a.id))
}
