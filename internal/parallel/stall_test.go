package parallel_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/sched"
)

// A lagging is a context that can end, and that keeps the goroutine which made it, whenever
// that asks for its error, for a second.
type lagging struct {
	context.Context
	who string
}

func newLagging(ctx context.Context) *lagging { return &lagging{ctx, goroutine()} }

func (l *lagging) Err() error {
	if goroutine() == l.who {
		time.Sleep(time.Second)
	}
	return l.Context.Err()
}

// goroutine returns the header of the caller's stack, which names it.
func goroutine() string {
	var buf [64]byte
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("["))
	return string(name)
}

// A slow first item holds the others up only until the window has grown, also if the runners
// have gone before the caller begins to wait for it.
func TestStallBeforeTheCallerWaits(t *testing.T) {
	const items = 100
	for _, l := range loops {
		for _, own := range []bool{false, true} {
			inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
				ctx, cancel := context.WithCancel(bg)
				defer cancel()
				start, last := time.Now(), time.Duration(0)
				for _, err := range l.run(newLagging(ctx), p, upTo(items), func(_ context.Context, v int) (int, error) {
					if v == items-1 {
						last = time.Since(start)
					}
					time.Sleep(map[bool]time.Duration{true: time.Hour, false: ms}[v == 0])
					return v, nil
				}, tuning{own: own}.config()) {
					if err != nil {
						t.Errorf("%s: %v", l.name, err)
					}
				}
				if last >= time.Hour {
					t.Errorf("%s, own tasks %v: the last item starts after %v, want it while the first one is slow", l.name, own, last)
				}
			})
		}
	}
}

// The same when more items were pulled than the window has room for by then, because those behind the
// first ones cost more.
func TestStallAfterCheapItems(t *testing.T) {
	const first, dear, items = 700, 750, 1200
	for _, l := range loops {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			in := func(yield func(int, error) bool) {
				for v := 0; v < items && yield(v, nil); v++ {
					time.Sleep(ms) // the others do what they can
				}
			}
			start, last := time.Now(), time.Duration(0)
			for _, err := range l.run(bg, p, in, func(_ context.Context, v int) (int, error) {
				switch {
				case v == items-1:
					last = time.Since(start)
				case v == first:
					time.Sleep(time.Hour)
				case v >= dear:
					time.Sleep(ms)
				}
				return v, nil
			}, tuning{}.config()) {
				if err != nil {
					t.Errorf("%s: %v", l.name, err)
				}
			}
			if last >= time.Hour {
				t.Errorf("%s: the last item starts after %v, want it while item %d is slow", l.name, last, first)
			}
		})
	}
}
