package fault

import "runtime"

// deepest is how many frames Callers holds at most. It is more than error
// reporters show, and an array of that size fits on a new goroutine's stack.
const deepest = 64

// callers returns the program counters of the panic that is being recovered, the
// function that panicked first. Without a panic, it returns those of New's caller.
func callers() []uintptr {
	var all [deepest + 16]uintptr // the deferred functions are few, and cut off below
	pcs := all[:runtime.Callers(3, all[:])]
	for i, pc := range pcs {
		// gopanic is never inlined, so the list may be cut behind it. The first one is
		// of the panic that was recovered; those below are of panics under way before.
		if fn := runtime.FuncForPC(pc - 1); fn != nil && fn.Name() == "runtime.gopanic" {
			pcs = pcs[i+1:]
			break
		}
	}
	return append([]uintptr(nil), pcs[:min(len(pcs), deepest)]...)
}
