package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A slowContext takes its time with the next call of Done once it is armed.
type slowContext struct {
	context.Context
	armed atomic.Bool
	gate  chan struct{}
}

func (c *slowContext) Done() <-chan struct{} {
	if c.armed.Swap(false) {
		<-c.gate
	}
	return c.Context.Done()
}

// The context of a group has ended when Wait returns, also if what ends it, in another
// goroutine, has not come to that yet.
func TestGroupContextHasEndedAfterWait(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		parent, cancel := context.WithCancel(bg)
		defer cancel()
		slow := &slowContext{Context: parent, gate: make(chan struct{})}
		release := make(chan struct{})
		pool.Submit(slow, g, waitsFor(release))
		synctest.Wait()
		slow.armed.Store(true)
		go g.Cancel(errBoom) // ends the context of the member first
		synctest.Wait()
		if slow.armed.Load() {
			t.Error("the context of the member was not asked")
		}
		close(release)
		g.Wait()
		if got := context.Cause(g.Context()); got != errBoom {
			t.Errorf("the cause of the group's context after Wait = %v, want %v", got, errBoom)
		}
		close(slow.gate)
		p.Close()
	})
}
