package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// Tasks of one key run one at a time, in order of submission, priorities and
// many workers notwithstanding; different keys run side by side.
func TestKeyOrder(t *testing.T) {
	for _, workers := range []int{1, 4} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(workers))
			const keys, tasks = 3, 20
			var orders [keys]journal
			var running [keys]gauge
			r := rand.New(rand.NewPCG(1, 6))
			for i := range tasks {
				for k := range keys {
					d := time.Duration(r.IntN(5)) * time.Millisecond
					pool.Submit(bg, p, func(ctx context.Context) (int, error) {
						running[k].add(1)
						defer running[k].add(-1)
						time.Sleep(d)
						return orders[k].task(fmt.Sprint(i))(ctx)
					}, millrace.WithKey(k), millrace.WithPriority(i*i%7))
				}
			}
			p.Close()
			for k := range keys {
				var want journal
				for i := range tasks {
					want.add(fmt.Sprint(i))
				}
				orders[k].want(t, want.String())
				running[k].want(t, "tasks of one key", 1)
			}
		})
	}
}

// A task that waits for the turn of its key holds no slot and no weight, and is pending; it
// holds back no task of another key.
func TestKeyHoldsNoSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(10))
		gate := make(chan struct{})
		k := millrace.WithKey("account")
		first := pool.Submit(bg, p, waitsFor(gate), k)
		waiting := pool.Submit(bg, p, nop, k, millrace.WithWeight(9), millrace.WithPriority(5))
		wantValue(t, "another key", pool.Submit(bg, p, nop, millrace.WithKey("other"), millrace.WithWeight(9)), 1)
		wantValue(t, "no key", pool.Submit(bg, p, nop, millrace.WithWeight(9)), 1)
		if s := stats(t, p); s.Running != 1 || s.Queued != 1 || s.Weight != 1 || waiting.State() != future.Pending {
			t.Errorf("Stats() = %+v, %v, want one running, the other pending", s, waiting)
		}
		close(gate)
		wantValue(t, "the first", first, 1)
		wantValue(t, "the second", waiting, 1)
		p.Close()
	})
}

// A member passes the turn on however it ends, running or waiting.
func TestKeyTurnIsPassedOn(t *testing.T) {
	for name, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			k := millrace.WithKey(1)
			pool.Submit(bg, p, c.fn, k)
			wantValue(t, name, pool.Submit(bg, p, nop, k), 1)
			p.Close()
		})
	}
	for name, end := range map[string]func(*intFuture, context.CancelFunc){
		"Cancel": func(f *intFuture, _ context.CancelFunc) { f.Cancel() },
		"Abort":  func(f *intFuture, _ context.CancelFunc) { f.Abort(errBoom) },
		"ctx":    func(_ *intFuture, cancel context.CancelFunc) { cancel() },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			k := millrace.WithKey(1)
			gate := make(chan struct{})
			pool.Submit(bg, p, waitsFor(gate), k)
			ctx, cancel := context.WithCancel(bg)
			second, third, fourth := pool.Submit(ctx, p, nop, k), pool.Submit(bg, p, nop, k), pool.Submit(bg, p, nop, k)
			end(second, cancel)
			synctest.Wait()
			wantNeverRan(t, name, second)
			close(gate)
			wantValue(t, name+": the third", third, 1)
			wantValue(t, name+": the fourth", fourth, 1)
			cancel()
			p.Close()
		})
	}
}

// Refusals and ended contexts leave the key as it was.
func TestKeyOfRefused(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithQueue(0), millrace.WithOverflow(millrace.Reject), millrace.WithMaxWeight(1))
		k := millrace.WithKey(1)
		wantNeverRan(t, "too heavy", pool.Submit(bg, p, nop, k, millrace.WithWeight(2)), pool.ErrTooHeavy)
		wantNeverRan(t, "with an ended ctx", pool.Submit(ended(errBoom), p, nop, k), errBoom)
		gate := make(chan struct{})
		first := pool.Submit(bg, p, waitsFor(gate), k)
		wantNeverRan(t, "its turn has not come, and nothing queues", pool.Submit(bg, p, nop, k), pool.ErrQueueFull)
		close(gate)
		wantValue(t, "the first", first, 1)
		synctest.Wait()
		wantValue(t, "a later one", pool.Submit(bg, p, nop, k), 1)
		p.Close()
	})
}

// Keys are compared with ==, types included; nil is none.
func TestKeyEquality(t *testing.T) {
	type account int
	type pair struct {
		a any
		b string
	}
	bubble.Run(t, func(t *testing.T) {
		for _, c := range []struct {
			a, b  any
			equal bool
		}{
			{1, 1, true}, {1, int64(1), false}, {account(1), 1, false}, {account(1), account(1), true},
			{pair{1, "x"}, pair{1, "x"}, true}, {pair{1, "x"}, pair{2, "x"}, false}, {new(int), new(int), false},
			{[2]string{"a"}, [2]string{"a"}, true}, {nil, nil, false}, {0.0, 0.0, true},
		} {
			p := pool.New(two)
			gate := make(chan struct{})
			wait := waitsFor(gate)
			pool.Submit(bg, p, wait, millrace.WithKey(c.a))
			pool.Submit(bg, p, wait, millrace.WithKey(c.b))
			if s := stats(t, p); (s.Running == 1) != c.equal {
				t.Errorf("keys %#v and %#v: %d running, want them to be equal: %v", c.a, c.b, s.Running, c.equal)
			}
			close(gate)
			p.Close()
		}
	})
}

// A key belongs to the pool: a group's members share it, another pool does not.
func TestKeyBelongsToPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(two)
		k := millrace.WithKey(1)
		gate := make(chan struct{})
		wait := waitsFor(gate)
		pool.Submit(bg, p, wait, k)
		g := pool.NewGroup(bg, p)
		member, other := pool.Submit(bg, g, wait, k), pool.Submit(bg, q, wait, k)
		if member.State() != future.Pending || other.State() != future.Running {
			t.Errorf("a group's member %v, another pool's task %v, want pending and running", member, other)
		}
		close(gate)
		g.Wait()
		p.Close()
		q.Close()
	})
}

// A task keeps its key while it waits: children of other keys run, its
// followers do not.
func TestKeyWhileWaiting(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		k := millrace.WithKey(1)
		var order journal
		first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			order.add("first")
			child := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				return order.task("child")(ctx)
			}, millrace.WithKey(2))
			return child.Await(ctx)
		}, k)
		second := pool.Submit(bg, p, order.task("second"), k)
		first.Await(bg)
		second.Await(bg)
		p.Close()
		order.want(t, "first child second")
	})
}

// A wait lends to what must run before its member: here those before it in the
// order of its key.
func TestKeyBeforeMember(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		k := millrace.WithKey(1)
		proceed := make(chan struct{})
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-proceed
			return pool.Submit(ctx, p, nop, k).Await(ctx)
		})
		before := submitMany(bg, p, 3, k)
		close(proceed)
		wantValue(t, "the parent", parent, 1)
		for _, f := range before {
			wantValue(t, "one before its child", f, 1)
		}
		p.Close()
	})
}

// The table keeps nothing for idle keys.
func TestKeyIsForgotten(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	for _, end := range []func(*intFuture){func(f *intFuture) { f.Await(bg) }, func(f *intFuture) { f.Cancel() }} {
		f, k := keyedTask(p, end)
		memory.WantFreed(t, "a key", k)
		runtime.KeepAlive(f)
	}
}

//go:noinline
func keyedTask(p *pool.Pool, end func(*intFuture)) (*intFuture, weak.Pointer[memory.Ballast]) {
	k := memory.NewBallast()
	f := pool.Submit(bg, p, nop, millrace.WithKey(k))
	end(pool.Submit(bg, p, nop, millrace.WithKey(k)))
	f.Await(bg)
	return f, weak.Make(k)
}

// Many distinct keys cost little more than as many tasks, and nothing afterwards.
func TestManyKeys(t *testing.T) {
	if audited {
		t.Skip("to look at all of many pending tasks after each section takes minutes")
	}
	const n = many / 4
	p := pool.New(one)
	defer p.Close()
	perTask := func(submit func(i int)) float64 {
		release := blocker(p, 1)
		before := memory.InUse()
		for i := range n {
			submit(i)
		}
		took := (float64(memory.InUse()) - float64(before)) / n
		release()
		pool.Submit(bg, p, nop).Await(bg) // with one worker, the last
		return took
	}
	rich := perTask(func(int) { pool.Submit(bg, p, nop, millrace.WithTimeout(time.Hour)) })
	before := memory.InUse()
	keyed := perTask(func(i int) { pool.Submit(bg, p, nop, millrace.WithKey(i)) })
	t.Logf("a pending task takes %.0f bytes with a timeout, %.0f with a key", rich, keyed)
	if keyed > rich+256 {
		t.Errorf("a pending task with a key takes %.0f bytes, want at most 256 more than one with a timeout, %.0f", keyed, rich)
	}
	const kept = 16 << 10 // for the next keys
	memory.WantNoMore(t, fmt.Sprint(n, " keys"), before, max(n, kept))
}

// Among the tasks of a key, a Then has its place by its own submission.
func TestKeyOrderOfThen(t *testing.T) {
	wantOrder(t, "then b c", func(p *pool.Pool, order *journal) {
		k := millrace.WithKey("k")
		input := future.NewPromise[int]()
		pool.Then(bg, p, input.Future(), order.then("then"), k)
		pool.Submit(bg, p, order.task("b"), k)
		pool.Submit(bg, p, order.task("c"), k)
		input.Resolve(1)
	})
}

// A Then that was submitted before the task that has the turn waits for it if that has started,
// also between two attempts.
func TestKeyOfThenWhileItRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		k := millrace.WithKey("k")
		input := future.NewPromise[int]()
		var order journal
		then := pool.Then(bg, p, input.Future(), order.then("then"), k)
		pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			order.add(fmt.Sprint(pool.Attempt(ctx)))
			time.Sleep(time.Second)
			return 0, errBoom
		}, k, millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return time.Second, attempt < 3 }))
		synctest.Wait()
		time.AfterFunc(1500*time.Millisecond, func() { input.Resolve(1) })
		time.Sleep(4 * time.Second)
		if then.State() != future.Pending {
			t.Errorf("%v, want it pending", then)
		}
		p.Close()
		order.want(t, "1 2 3 then")
	})
}
