package pool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A map whose pool is closed midway says so, whenever that comes: it never looks
// like one that is through with its input.
func TestSealedMapIsNotComplete(t *testing.T) {
	const items = 40
	numbers := func(yield func(int) bool) {
		for i := range items {
			if !yield(i) {
				return
			}
		}
	}
	slow := func(_ context.Context, v int) (int, error) { time.Sleep(time.Millisecond); return v, nil }
	for i := range items * 3 {
		// With a window of one, all that was pulled may have been delivered when the
		// end comes.
		after, window := i/3, 1+i%3
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			got := 0
			var last error
			for _, err := range pool.Map(bg, p, numbers, slow, millrace.WithWindow(window)) {
				if last = err; err == nil {
					got++
				}
				if got == after+1 {
					p.Seal()
				}
			}
			switch {
			case last == nil && got != items:
				t.Errorf("Map() with a Seal after %d yields %d of %d items and no error", after+1, got, items)
			case last != nil && (!errors.Is(last, pool.ErrClosed) || !errors.Is(last, future.ErrCancelled)):
				t.Errorf("Map() with a Seal after %d ends with %v, want ErrClosed", after+1, last)
			}
			p.Close()
		})
	}
}
