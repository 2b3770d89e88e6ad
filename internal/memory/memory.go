// Package memory tells tests how much memory is in use, and what the collector has freed.
package memory

import (
	"runtime"
	"testing"
	"time"
	"weak"
)

// A Ballast is what a test watches the collector take. It has a pointer and some size, so that
// no two of them share a block.
type Ballast struct {
	self *Ballast
	_    [100]int
}

// NewBallast returns a ballast that nothing else refers to.
func NewBallast() *Ballast {
	b := &Ballast{}
	b.self = b
	return b
}

// WantFreed fails t if what w points to stays in memory.
func WantFreed[T any](t testing.TB, what string, w weak.Pointer[T]) {
	t.Helper()
	if !Freed(func() bool { return w.Value() == nil }) {
		t.Errorf("%s is still in memory", what)
	}
}

// WantNoMore fails t if what is said to be left behind keeps more than most bytes beyond those that
// were in use before. What goroutines hold that are on their way out does not count.
func WantNoMore(t testing.TB, what string, before uint64, most int) {
	t.Helper()
	grown := 0
	if !Freed(func() bool { grown = int(InUse()) - int(before); return grown <= most }) {
		t.Errorf("%s left %d bytes, want at most %d", what, grown, most)
	}
}

// InUse returns the bytes of the heap that are still reachable.
func InUse() uint64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds survives the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// patience is how long Freed waits: less than an idle worker of a pool lives, since its end
// would let go of what it keeps by mistake. A machine that is too busy for some rounds in that
// time gets longer.
const patience = 5 * time.Second

// Freed runs the collector until gone says that what the caller watches was collected, and
// reports whether it ever was. A goroutine on its way out, or to a place where it rests,
// may hold on to something for as long as the machine keeps it waiting.
func Freed(gone func() bool) bool {
	const longest, fewest = patience / 100, 20
	began, pause := time.Now(), time.Millisecond
	for round := 1; ; round++ {
		runtime.GC()
		if gone() {
			return true
		}
		if round >= fewest && time.Since(began) > patience {
			return false
		}
		time.Sleep(pause)
		pause = min(2*pause, longest)
	}
}
