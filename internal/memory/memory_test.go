package memory_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
)

// What is kept counts, and what is not kept does not.
func TestInUse(t *testing.T) {
	const size = 16 << 20
	before := memory.InUse()
	kept := make([]byte, size)
	if grown := int64(memory.InUse() - before); grown < size-size/4 || grown > size+size/4 {
		t.Errorf("InUse() grows by %d bytes with %d that are kept", grown, size)
	}
	runtime.KeepAlive(kept)
	kept = nil
	if grown := int64(memory.InUse() - before); grown > size/4 {
		t.Errorf("InUse() stays %d bytes above before without them", grown)
	}
	_ = kept
}

// A recorder notes that a test would have failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

// What a goroutine holds for a while does not count as kept, and what is kept does.
func TestWantNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting takes no time
		const size = 16 << 20
		before := memory.InUse()
		kept := make([]byte, size)
		r := &recorder{TB: t}
		if memory.WantNoMore(r, "this", before, size/2); !r.failed {
			t.Error("WantNoMore() passes with twice as much as it is to allow")
		}
		go func() {
			time.Sleep(time.Second)
			runtime.KeepAlive(kept)
		}()
		memory.WantNoMore(t, "a goroutine that has ended", before, size/2)
	})
}

// What is kept is not freed, and what a goroutine keeps for a while is when that has ended.
func TestFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting takes no time
		kept := new([64]int)
		w := weak.Make(kept)
		if memory.Freed(func() bool { return w.Value() == nil }) {
			t.Error("Freed() = true of what is kept")
		}
		runtime.KeepAlive(kept)
		done := make(chan struct{})
		go func() { <-done; runtime.KeepAlive(kept) }()
		close(done)
		if !memory.Freed(func() bool { return w.Value() == nil }) {
			t.Error("Freed() = false of what nobody keeps")
		}
	})
}
