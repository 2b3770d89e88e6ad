package pool_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The task that has the turn of a key goes before one of middle priority if one of high
// priority waits behind it.
func TestKeyInheritsPriority(t *testing.T) {
	wantOrder(t, "low high middle", func(p *pool.Pool, order *journal) {
		pool.Submit(bg, p, order.task("low"), millrace.WithKey("k"))
		pool.Submit(bg, p, order.task("middle"), millrace.WithPriority(1))
		pool.Submit(bg, p, order.task("high"), millrace.WithKey("k"), millrace.WithPriority(2))
	})
}

// A key changes nothing about a low priority, unless a task of a higher one waits behind.
func TestKeyKeepsLowPriority(t *testing.T) {
	wantOrder(t, "raised plain plain-of-b low lower", func(p *pool.Pool, order *journal) {
		low := millrace.WithPriority(-1)
		pool.Submit(bg, p, order.task("low"), millrace.WithKey("a"), low)
		pool.Submit(bg, p, order.task("lower"), millrace.WithKey("a"), millrace.WithPriority(-2))
		pool.Submit(bg, p, order.task("raised"), millrace.WithKey("b"), low)
		pool.Submit(bg, p, order.task("plain"))
		pool.Submit(bg, p, order.task("plain-of-b"), millrace.WithKey("b"))
	})
}

// An inherited priority ends when the task that it comes from is cancelled.
func TestKeyInheritsWhatWaits(t *testing.T) {
	wantOrder(t, "middle low", func(p *pool.Pool, order *journal) {
		pool.Submit(bg, p, order.task("low"), millrace.WithKey("k"))
		pool.Submit(bg, p, order.task("middle"), millrace.WithPriority(1))
		pool.Submit(bg, p, order.task("high"), millrace.WithKey("k"), millrace.WithPriority(2)).Cancel()
	})
}

// An inherited priority ends also when the task that it comes from has had its turn.
func TestKeyInheritsUntilTheTurn(t *testing.T) {
	wantOrder(t, "low high middle last", func(p *pool.Pool, order *journal) {
		k := millrace.WithKey("k")
		pool.Submit(bg, p, order.task("low"), k)
		pool.Submit(bg, p, order.task("high"), k, millrace.WithPriority(2))
		pool.Submit(bg, p, order.task("last"), k)
		pool.Submit(bg, p, order.task("middle"), millrace.WithPriority(1))
	})
}

// A task inherits also while it waits for room in its group, or for its group's rate, and
// what it inherits ends there, too.
func TestKeyInheritsInAGroup(t *testing.T) {
	for name, option := range map[string]millrace.GroupOption{
		"limit": millrace.WithLimit(1),
		"rate":  millrace.WithRate(1, 1),
	} {
		for want, cancel := range map[string]bool{"low": false, "middle": true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				g := pool.NewGroup(bg, p, option)
				pool.Go(bg, g, func(context.Context) error {
					time.Sleep(time.Second)
					return nil
				})
				var order journal
				pool.Submit(bg, g, order.task("low"), millrace.WithKey("k"))
				pool.Submit(bg, g, order.task("middle"), millrace.WithPriority(1))
				high := pool.Submit(bg, p, order.task("high"), millrace.WithKey("k"), millrace.WithPriority(2))
				if cancel {
					high.Cancel()
				}
				p.Close()
				if first, _, _ := strings.Cut(order.String(), " "); first != want {
					t.Errorf("%s, cancel %v: tasks start in the order %v, want %s first", name, cancel, &order, want)
				}
			})
		}
	}
}

// Tasks of one key may have as many priorities as there are tasks: if each task looked at all of
// them, this test would take minutes.
func TestManyPrioritiesOfOneKey(t *testing.T) {
	n := many / 10
	if audited {
		n = 1000 // each section takes as long as all that is pending
	}
	p := pool.New(two)
	p.Pause()
	next, ordered := 0, true
	for i := range n {
		pool.Go(bg, p, func(context.Context) error {
			ordered = ordered && next == i
			next++
			return nil
		}, millrace.WithKey("k"), millrace.WithPriority(i))
	}
	p.Resume()
	p.Close()
	if !ordered || next != n {
		t.Errorf("%d tasks of a key have run, in order of submission: %t; want %d, in order", next, ordered, n)
	}
}
