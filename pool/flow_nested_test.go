package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// evenTurns fails t if, over any stretch of order, two flows have starts that differ by more than
// one. Each flow has so many tasks as counts says, all of which were pending from the beginning.
func evenTurns(t *testing.T, what string, order []string, counts map[string]int) {
	t.Helper()
	left := make(map[string]int)
	for flow, n := range counts {
		left[flow] = n
	}
	for from := range order {
		n, rest := make(map[string]int), make(map[string]int)
		for flow, m := range left {
			rest[flow] = m
		}
		for _, flow := range order[from:] {
			n[flow]++
			rest[flow]--
			for a := range counts {
				for b := range counts {
					if rest[a] > 0 && rest[b] > 0 && n[a]-n[b] > 1 {
						t.Errorf("%s: from start %d on the flows have %v starts, with work left for %s and %s, want a difference of 1 at most: %v", what, from, n, a, b, order)
						return
					}
				}
			}
		}
		left[order[from]]--
	}
}

// Flows take turns over the groups in which they wait, too: those of a group over another one and
// those of that, and those of the pool.
func TestFlowsAreFairInNestedGroups(t *testing.T) {
	limit := millrace.WithLimit(1)
	rate := millrace.WithRate(100, 1)
	opts := map[string]millrace.GroupOption{"": nil, "limit": limit, "rate": rate, "burst": millrace.WithRate(100, 3)}
	for outerName, outerOpt := range opts {
		if outerName == "" || outerName == "burst" {
			continue // then members may start at the same time
		}
		for innerName, innerOpt := range opts {
			for _, spread := range []bool{false, true} {
				if spread && innerName != "" && innerName != "limit" {
					continue // a flow that waits for its own rate has no work
				}
				what := fmt.Sprintf("%q over %q, over both %v", innerName, outerName, spread)
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(two)
					outer := pool.NewGroup(bg, p, outerOpt, millrace.IgnoreErrors())
					inner := pool.NewGroup(bg, outer, innerOpt, millrace.IgnoreErrors())
					release := blocker(p, 2)
					var order []string
					counts := make(map[string]int)
					random := rand.New(rand.NewPCG(7, 8))
					submit := func(flow string, ex pool.Executor) {
						counts[flow] = 20
						for range 20 {
							pool.Go(bg, ex, func(context.Context) error {
								order = append(order, flow)
								time.Sleep(time.Duration(random.IntN(8)) * time.Millisecond)
								return nil
							}, millrace.WithFlow(flow))
						}
					}
					submit("a", inner)
					submit("b", inner)
					if spread {
						submit("c", outer)
					}
					release()
					otherWork(p, inner, outer)
					p.Close()
					evenTurns(t, what, order, counts)
				})
			}
		}
	}
}

// A group that has room for several members at once lets them in in turns.
func TestFlowsAreFairInWideGroups(t *testing.T) {
	for name, opt := range map[string]millrace.GroupOption{
		"limit 2": millrace.WithLimit(2),
		"limit 3": millrace.WithLimit(3),
		"burst":   millrace.WithRate(100, 3),
	} {
		for _, priority := range []int{0, 1} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(4))
				g := pool.NewGroup(bg, p, opt, millrace.IgnoreErrors())
				var order []string
				counts := map[string]int{"a": 20, "b": 20}
				submitMany(bg, g, 3)
				end := blocker(p, 3)
				for range 3 { // so that members wait for the group, and not for slots
					pool.Go(bg, g, func(context.Context) error { time.Sleep(time.Second); return nil })
				}
				p.Resize(8)
				synctest.Wait() // none of flow a is let in before those of b are there
				for _, flow := range []string{"a", "b"} {
					for range counts[flow] {
						pool.Go(bg, g, func(context.Context) error {
							order = append(order, flow)
							time.Sleep(7 * time.Millisecond)
							return nil
						}, millrace.WithFlow(flow), millrace.WithPriority(priority))
					}
				}
				p.Resize(4)
				time.Sleep(2 * time.Second) // one slot is left, beside those of blocker
				p.Resize(1)                 // before those are free, in which members would start at the same time
				end()
				p.Close()
				evenTurns(t, name, order, counts)
			})
		}
	}
}

// A flow keeps its turn when its only task is let in by the group that it has waited for, though that
// task still waits for a slot then.
func TestFlowKeepsItsTurnWhenLetIn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p, millrace.WithRate(100, 2)) // one each 10 ms, and two at once
		var order []string
		submit := func(flow string, d time.Duration) {
			pool.Go(bg, g, func(context.Context) error {
				order = append(order, flow)
				time.Sleep(d)
				return nil
			}, millrace.WithFlow(flow))
		}
		submit("a", 0)
		submit("b", 0)
		synctest.Wait()                  // both have run
		submit("a", 22*time.Millisecond) // starts at 10 ms
		submit("a", 0)                   // let in at 30 ms
		submit("a", 0)                   // waits in the group for as long
		submit("b", 0)                   // let in at 20 ms
		g.Wait()
		if want := []string{"a", "b", "a", "b", "a", "a"}; !slices.Equal(order, want) {
			t.Errorf("the tasks of flows started as %q, want %q", order, want)
		}
		p.Close()
	})
}

// A task that starts at once, because nothing waits for a slot, takes a turn of its flow from members that
// wait for the limit of their group.
func TestFlowOfTaskThatPassesAFullGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		gate := make(chan struct{})
		var order []string
		pool.Submit(bg, g, waitsFor(gate))
		for _, flow := range []string{"a", "b"} {
			pool.Submit(bg, g, func(context.Context) (int, error) {
				order = append(order, flow)
				return 1, nil
			}, millrace.WithFlow(flow))
		}
		wantValue(t, "the task that passes", pool.Submit(bg, p, nop, millrace.WithFlow("a")), 1)
		close(gate)
		if err := g.Wait(); err != nil || fmt.Sprint(order) != "[b a]" {
			t.Errorf("Wait() = %v, and the order of flows is %v, want b first", err, order)
		}
		p.Close()
	})
}
