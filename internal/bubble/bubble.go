// Package bubble runs tests in testing/synctest bubbles and checks that they leave no
// goroutine behind.
//
// It is for tests only.
package bubble

import (
	"testing"
	"testing/synctest"
)

// Run calls fn in a bubble of its own and fails t if a goroutine that fn
// started is still there when fn has returned and all others have ended or
// come to rest.
//
// synctest.Test alone is more lenient: it lets virtual time go on, so that a
// goroutine on a timer or a ticker ends unseen before the bubble does.
//
// The check is skipped if fn ends with t.FailNow.
func Run(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fn(t)
		synctest.Wait()
		for _, stack := range started() {
			t.Errorf("a goroutine is left:\n%s", stack)
		}
	})
}

// Left returns how many of the goroutines that were started in the caller's
// bubble are there once all of them have ended or come to rest. It panics if
// the caller is not in a bubble.
func Left() int {
	synctest.Wait()
	return len(started())
}
