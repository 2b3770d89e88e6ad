package memory_test

import (
	"runtime"
	"testing"
	"testing/synctest"
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
