package memory_test

import (
	"runtime"
	"testing"

	"github.com/millrace-go/millrace/internal/memory"
)

// What is kept counts, and what is not kept does not.
func TestInUse(t *testing.T) {
	const size = 16 << 20
	before := memory.InUse()
	kept := make([]byte, size)
	if grown := int64(memory.InUse() - before); grown < size || grown > size+size/4 {
		t.Errorf("InUse() grows by %d bytes with %d that are kept", grown, size)
	}
	runtime.KeepAlive(kept)
	kept = nil
	if grown := int64(memory.InUse() - before); grown > size/4 {
		t.Errorf("InUse() stays %d bytes above before without them", grown)
	}
	_ = kept
}
