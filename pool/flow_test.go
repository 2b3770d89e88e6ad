package pool_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// flows submits counts[i] tasks of flow i, one flow after the other, to a pool of one worker
// that is busy, and returns the order in which they started.
func flows(counts ...int) (order []int) {
	p, release := busyPool()
	for flow, n := range counts {
		for range n {
			pool.Go(bg, p, func(context.Context) error { order = append(order, flow); return nil }, millrace.WithFlow(flow))
		}
	}
	release()
	p.Close()
	return order
}

// Ten tasks of one tenant are done after at most twenty starts, though a thousand of
// another came first.
func TestFlowsTakeTurns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		order := flows(1000, 10)
		last := 0
		for i, flow := range order {
			if flow == 1 {
				last = i + 1
			}
		}
		if len(order) != 1010 || last > 20 {
			t.Errorf("the last of 10 is start %d of %d, want at most 20", last, len(order))
		}
	})
}

// Between two tenants that both have work, starts never differ by more than one over any
// stretch.
func TestFlowsAreFair(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		counts := []int{40, 70, 25, 60}
		order := flows(counts...)
		left := append([]int(nil), counts...)
		for from := range order {
			var n [4]int
			rest := append([]int(nil), left...)
			for _, flow := range order[from:] {
				n[flow]++
				rest[flow]--
				for a := range n {
					for b := range n {
						if rest[a] > 0 && rest[b] > 0 && n[a]-n[b] > 1 {
							t.Fatalf("from start %d on the flows have %v starts, with work left for %d and %d, want a difference of 1 at most", from, n, a, b)
						}
					}
				}
			}
			left[order[from]]--
		}
	})
}

// That holds in a group with a limit or a rate, too, where others go first at times.
func TestFlowsAreFairInGroups(t *testing.T) {
	for name, opts := range map[string][]millrace.GroupOption{
		"limit":          {millrace.WithLimit(1)},
		"rate":           {millrace.WithRate(100, 1)},
		"limit and rate": {millrace.WithLimit(1), millrace.WithRate(100, 1)},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			g := pool.NewGroup(bg, p, append(opts, millrace.IgnoreErrors())...)
			release := blocker(p, 2)
			var order journal
			member := func(name string) {
				pool.Go(bg, g, func(context.Context) error {
					order.add(name)
					time.Sleep(4 * time.Millisecond)
					return nil
				}, millrace.WithFlow(name))
			}
			for _, flow := range []string{"a", "b"} {
				for range 40 {
					member(flow)
				}
			}
			release()
			otherWork(p, g)
			p.Close()
			if got, want := order.String(), strings.TrimSpace(strings.Repeat("a b ", 40)); got != want {
				t.Errorf("%s: members start in the order %s, want a and b in turns", name, got)
			}
		})
	}
}

// Priorities come before flows; within a flow the order is that of submission; tasks without
// a flow are one flow.
func TestFlowOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		var order string
		say := func(what string, opts ...millrace.TaskOption) {
			pool.Go(bg, p, func(context.Context) error { order += what + " "; return nil }, opts...)
		}
		say("n1")
		say("n2")
		say("a1", millrace.WithFlow("a"))
		say("a2", millrace.WithFlow("a"))
		say("h", millrace.WithFlow("b"), millrace.WithPriority(1))
		say("l", millrace.WithPriority(-1))
		release()
		p.Close()
		if want := "h a1 n1 a2 n2 l "; order != want && order != "h n1 a1 n2 a2 l " {
			t.Errorf("order %q, want turns, as %q", order, want)
		}
	})
}

// A map and the queue take turns: neither waits for more than a few items.
func TestMapsAndQueueTakeTurns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var starts, items atomic.Int32
		release := blocker(p, 1)
		for range 50 {
			pool.Go(bg, p, func(context.Context) error { starts.Add(1); sleepMs(1); return nil })
		}
		done := make(chan error)
		go func() {
			_, err := pool.MapSlice(bg, p, make([]int, 20), func(context.Context, int) (int, error) {
				starts.Add(1)
				items.Add(1)
				sleepMs(1)
				return 0, nil
			})
			done <- err
		}()
		release()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := starts.Load(); n > 45 || items.Load() != 20 {
			t.Errorf("%d items took %d starts beside 50 tasks, want 20 and at most 45", items.Load(), n)
		}
		p.Close()
	})
}

func sleepMs(n int) { time.Sleep(time.Duration(n) * time.Millisecond) }

// A task that has to wait for a place, because its delay is over, neither passes the others
// of its flow nor takes a turn more.
func TestFlowOfLateTask(t *testing.T) {
	for _, c := range []struct {
		submitted []string // "late" is delayed
		flow      any      // of all but "a"
		want      string
	}{
		{[]string{"1", "late", "a"}, nil, "a 1 late "},
		{[]string{"late", "2", "a"}, nil, "a late 2 "},
		{[]string{"1", "late", "a"}, "b", "1 a late "},
		{[]string{"late", "2", "a"}, "b", "late a 2 "},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(2))
			order := ""
			for _, what := range c.submitted {
				flow := c.flow
				if what == "a" {
					flow = "a"
				}
				opts := []millrace.TaskOption{millrace.WithFlow(flow)}
				if what == "late" {
					opts = append(opts, millrace.WithDelay(time.Second))
				}
				pool.Go(bg, p, func(context.Context) error { order += what + " "; return nil }, opts...)
			}
			time.Sleep(time.Minute)
			release()
			p.Close()
			if order != c.want {
				t.Errorf("%v, of flow %v and a: order %q, want %q", c.submitted, c.flow, order, c.want)
			}
		})
	}
}

// otherWork submits tasks to p that take slots from members of the groups, for a while, and now and
// then one to each group that goes before its others.
func otherWork(p *pool.Pool, groups ...*pool.Group) {
	nap := func(context.Context) error { time.Sleep(7 * time.Millisecond); return nil }
	for i := range 50 {
		time.Sleep(5 * time.Millisecond)
		pool.Go(bg, p, nap)
		pool.Go(bg, p, nap, millrace.WithPriority(1))
		if i%3 == 0 {
			for _, g := range groups {
				pool.Go(bg, g, nap, millrace.WithPriority(1))
			}
		}
	}
}
