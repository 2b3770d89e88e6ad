package unshared_test

import (
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/millrace-go/millrace/internal/unshared"
)

// An atomic variable has the layout of a plain one, and what was set is what it loads.
func TestSet(t *testing.T) {
	var n struct {
		v      atomic.Uint64
		behind uint64
	}
	unshared.SetUint64(&n.v, 1<<63|5)
	if got := n.v.Load(); got != 1<<63|5 || n.behind != 0 || unsafe.Sizeof(n.v) != 8 {
		t.Errorf("Load() = %#x, behind it %#x, size %d, want 0x8000000000000005, 0 and 8", got, n.behind, unsafe.Sizeof(n.v))
	}
	var p struct {
		v      atomic.Pointer[int]
		behind *int
	}
	one := 1
	unshared.SetPointer(&p.v, &one)
	if got := p.v.Load(); got != &one || p.behind != nil || unsafe.Sizeof(p.v) != unsafe.Sizeof(&one) {
		t.Errorf("Load() = %p, behind it %p, size %d, want %p, nil and the size of a pointer", got, p.behind, unsafe.Sizeof(p.v), &one)
	}
}
