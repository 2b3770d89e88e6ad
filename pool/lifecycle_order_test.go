package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The lifecycle calls, by a letter each.
var lifecycle = map[rune]func(*pool.Pool){
	'c': func(p *pool.Pool) { p.Close() },
	'h': func(p *pool.Pool) { p.Shutdown(bg) },
	'e': func(p *pool.Pool) { p.Seal() },
	'o': func(p *pool.Pool) { p.Stop(errBoom) },
	'r': func(p *pool.Pool) { p.Resize(2) },
}

// permutations calls fn with each order of the letters of rest.
func permutations(done, rest string, fn func(string)) {
	if rest == "" {
		fn(done)
	}
	for i := range rest {
		permutations(done+rest[i:i+1], rest[:i]+rest[i+1:], fn)
	}
}

// In any order, twice each, one after the other or all at once: every call
// returns, every task settles, nothing is left.
func TestLifecycleInAnyOrder(t *testing.T) {
	permutations("", "cheor", func(order string) {
		for _, apart := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				running := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil })
				synctest.Wait()
				pending := submitMany(bg, p, 3)
				var wg sync.WaitGroup
				for _, call := range order + order {
					wg.Go(func() { lifecycle[call](p) })
					if apart {
						synctest.Wait()
					}
				}
				wg.Wait()
				p.Close()
				wantValue(t, order+": running", running, 1)
				for _, f := range pending {
					if s := f.State(); !s.Settled() {
						t.Errorf("%s: a pending task is %v, want settled", order, s)
					}
				}
				if s := stats(t, p); s.Goroutines != 0 || s.Submitted != 4 {
					t.Errorf("%s: Stats() = %+v, want 4 submitted, no goroutine", order, s)
				}
				if err := p.Err(); !errors.Is(err, pool.ErrStopped) {
					t.Errorf("%s: Err() = %v, want ErrStopped: Stop upgrades", order, err)
				}
			})
		}
	})
}

// A Stop after a Close that has returned upgrades it all the same.
func TestStopAfterClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, nop)
		p.Close()
		p.Stop(errBoom)
		wantIs(t, "Err()", p.Err(), pool.ErrStopped, errBoom)
		wantNeverRan(t, "a later task", pool.Submit(bg, p, nop), pool.ErrStopped, errBoom)
		wantValue(t, "an earlier task", f, 1)
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v, want nil: all tasks ran", err)
		}
	})
}

// Lifecycle calls on a pool that never ran anything.
func TestLifecycleOfUnused(t *testing.T) {
	permutations("", "cheo", func(order string) {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New()
			for _, call := range order {
				lifecycle[call](p)
			}
			if err := p.Close(); err != nil {
				t.Errorf("%s: Close() = %v, want nil: nothing was lost", order, err)
			}
		})
	})
}

// Submits that race with the end are taken or refused, and the two add up.
func TestSubmitRacesWithEnd(t *testing.T) {
	for call, end := range lifecycle {
		if call == 'r' {
			continue
		}
		for range 30 {
			p := pool.New(two)
			const n = 4
			var fs [n][]*intFuture
			submits := []func(){func() { end(p) }}
			for i := range n {
				submits = append(submits, func() { fs[i] = submitMany(bg, p, 20) })
			}
			races(submits...)
			p.Close()
			ran, never := 0, 0
			for _, f := range fs {
				for _, f := range f {
					switch f.State() {
					case future.Succeeded:
						ran++
					case future.Cancelled:
						never++
					default:
						t.Errorf("%c: %v after Close, want settled", call, f)
					}
				}
			}
			s := stats(t, p)
			if got := fmt.Sprint(s.Succeeded, s.Cancelled+s.Refused); got != fmt.Sprint(ran, never) {
				t.Errorf("%c: Stats() = %+v, want %d succeeded, %d refused or cancelled", call, s, ran, never)
			}
		}
	}
}

// Close tells that Stop has taken tasks away from it.
func TestCloseTellsOfStop(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, nop)
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		synctest.Wait()
		p.Stop(errBoom)
		release()
		wantIs(t, "Close() of a pool that was stopped", <-closed, pool.ErrStopped, errBoom)
		wantNeverRan(t, "a pending task", f, errBoom)
	})
}
