package pool_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var formats = []string{"%v", "%+v", "%#v", "%s", "%d"}

// fmt prints pools and groups by their String, whatever the verb.
func TestPrintPoolsAndGroups(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithName("mail"))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		for range 3 {
			pool.Submit(bg, g, untilEnd)
		}
		synctest.Wait()
		for _, format := range formats {
			if got, want := fmt.Sprintf(format, p), `pool("mail": 1 of 2 running, 0 waiting, 2 queued)`; got != want {
				t.Errorf("Sprintf(%q, pool) = %s, want %s", format, got, want)
			}
			if got, want := fmt.Sprintf(format, g), `group("mail": 1 of 1 running, 0 waiting, 2 queued)`; got != want {
				t.Errorf("Sprintf(%q, group) = %s, want %s", format, got, want)
			}
			if got := fmt.Sprintf(format, (*pool.Group)(nil)); got != "group(nil)" {
				t.Errorf("Sprintf(%q, no group) = %s, want group(nil)", format, got)
			}
		}
		p.Stop(nil)
		g.Wait()
		p.Close()
	})
}

// What is printed may be in use: the race detector hears of it if fmt reads fields.
func TestPrintInUse(t *testing.T) {
	p := pool.New(two)
	g := pool.NewGroup(bg, p)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			pool.Submit(bg, g, nop)
		}
	}()
	for range 100 {
		if got := fmt.Sprintf("%+v %#v", p, g); !strings.HasPrefix(got, "pool(") || !strings.Contains(got, " group(") {
			t.Errorf("Sprintf() of a pool and a group in use = %q", got)
		}
	}
	<-done
	g.Wait()
	p.Close()
}
