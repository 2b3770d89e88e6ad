package parallel

import (
	"runtime/debug"
)

// keyOf returns the key of an item. A panic of the function is the item's error.
func keyOf[A any, K comparable](key func(A) K, a A, cfg Config) (k K, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = cfg.Fault(v, debug.Stack())
		}
	}()
	k = key(a)
	returned = true
	return k, nil
}
