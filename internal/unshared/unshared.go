// Package unshared gives atomic variables their first values while only one goroutine can reach
// them. A plain store is enough for that. That of sync/atomic is an exchange, which on amd64 waits
// for all stores before it: two of them are a tenth of what an empty task costs.
//
// Rule (1) of package unsafe: a *T1 may be converted to a *T2 of the same memory layout. The
// other fields of the types of sync/atomic have no size. A test looks.
package unshared

import (
	"sync/atomic"
	"unsafe"
)

// SetUint64 is v.Store(n).
func SetUint64(v *atomic.Uint64, n uint64) { *(*uint64)(unsafe.Pointer(v)) = n }

// SetPointer is v.Store(p).
func SetPointer[T any](v *atomic.Pointer[T], p *T) { *(**T)(unsafe.Pointer(v)) = p }
