package machine

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// The operations of futex(2), on memory of this process alone.
const (
	futexWaitPrivate = 128
	futexWakePrivate = 129
)

// futexWake returns the time that a thread spends to wake another one. The Go runtime
// gets an idle processor to work this way.
var futexWake = func() float64 {
	const wakes = 20
	var word uint32
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for atomic.LoadUint32(&word) == 0 {
			_, _, _ = syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&word)), futexWaitPrivate, 0, 0, 0, 0)
		}
	}()
	var took time.Duration
	for woken := 0; woken < wakes; {
		spinFor(60 * time.Microsecond) // until the other thread is asleep
		start := time.Now()
		if wakeOne(&word) {
			took += time.Since(start)
			woken++
		}
	}
	atomic.StoreUint32(&word, 1)
	for wakeOne(&word); !closed(gone); wakeOne(&word) {
		runtime.Gosched()
	}
	return float64(took.Nanoseconds()) / wakes
}

// wakeOne reports whether a thread slept and was woken.
func wakeOne(word *uint32) bool {
	woken, _, _ := syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakePrivate, 1, 0, 0, 0)
	return woken == 1
}

func spinFor(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

func closed(gone <-chan struct{}) bool {
	select {
	case <-gone:
		return true
	default:
		return false
	}
}
