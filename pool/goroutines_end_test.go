package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Seal and Close do not wait for an idle timeout, and when Close has returned the pool
// has no goroutine.
func TestSealEndsIdleWorkers(t *testing.T) {
	for name, seal := range map[string]func(*pool.Pool){
		"Seal":  (*pool.Pool).Seal,
		"Close": func(p *pool.Pool) { p.Close() },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithIdleTimeout(time.Hour))
			for _, f := range submitMany(bg, p, 4) {
				f.Await(bg)
			}
			synctest.Wait()
			start := time.Now()
			seal(p)
			if n := p.Stats().Goroutines; name == "Close" && n != 0 {
				t.Errorf("%d goroutines after Close, want none", n)
			}
			synctest.Wait()
			if n := bubble.Left(); n != 0 {
				t.Errorf("%d goroutines after %s, want none", n, name)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("%s took %v, want no time", name, took)
			}
		})
	}
}

// Close does not return before the last worker is gone.
func TestCloseCountsWorkers(t *testing.T) {
	for range 100 {
		p := pool.New(two)
		submitMany(bg, p, 2)
		p.Close()
		if n := p.Stats().Goroutines; n != 0 {
			t.Fatalf("%d goroutines after Close, want none", n)
		}
	}
}

// Workers that became idle at different times end at different times.
func TestIdleWorkersEndOneByOne(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithIdleTimeout(10*time.Second))
		pause := func(d time.Duration) func(context.Context) error {
			return func(context.Context) error { time.Sleep(d); return nil }
		}
		pool.Go(bg, p, pause(time.Second))
		pool.Go(bg, p, pause(5*time.Second))
		for _, c := range []struct {
			at   time.Duration
			want int
		}{{10 * time.Second, 2}, {12 * time.Second, 1}, {16 * time.Second, 0}} {
			time.Sleep(c.at - time.Duration(time.Now().UnixNano()-startOfBubble))
			synctest.Wait()
			if n := p.Stats().Goroutines; n != c.want {
				t.Errorf("%d goroutines after %v, want %d", n, c.at, c.want)
			}
		}
		p.Close()
	})
}

// startOfBubble is when the clock of a bubble begins.
var startOfBubble = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
