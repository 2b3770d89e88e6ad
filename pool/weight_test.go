package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// holdWeight submits a task of a weight, which runs until release is called.
func holdWeight(p *pool.Pool, weight int64) (f *intFuture, release func()) {
	gate := make(chan struct{})
	f = pool.Submit(bg, p, waitsFor(gate), millrace.WithWeight(weight))
	return f, func() { close(gate) }
}

// A task starts when its weight fits, and is pending until then: it holds no
// slot, and can be cancelled.
func TestWeight(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(10))
		if s := p.Stats(); s.MaxWeight != 10 || s.Weight != 0 {
			t.Errorf("Stats() of a new pool = %+v, want a maximum weight of 10", s)
		}
		_, release := holdWeight(p, 6)
		heavy, releaseHeavy := holdWeight(p, 5)
		if s := stats(t, p); s.Weight != 6 || s.Running != 1 || s.Queued != 1 || heavy.State() != future.Pending {
			t.Errorf("Stats() = %+v, %v, want 6 running, the other pending", s, heavy)
		}
		if !heavy.Cancel() {
			t.Error("Cancel() of a task that waits for weight = false, want true")
		}
		again, releaseAgain := holdWeight(p, 5)
		release()
		synctest.Wait()
		if s := stats(t, p); s.Weight != 5 || again.State() != future.Running {
			t.Errorf("Stats() = %+v, %v, want the heavy one running", s, again)
		}
		releaseHeavy()
		releaseAgain()
		p.Close()
		if s := stats(t, p); s.Weight != 0 || s.Cancelled != 1 {
			t.Errorf("Stats() after Close = %+v, want no weight", s)
		}
	})
}

// The default weight is 1, and weights without a maximum are no bound.
func TestWeightDefaults(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(2))
		gate := make(chan struct{})
		wait := waitsFor(gate)
		submitAll(bg, p, 4, wait)
		if s := stats(t, p); s.Running != 2 || s.Weight != 2 {
			t.Errorf("Stats() = %+v, want 2 running", s)
		}
		q := pool.New(two)
		pool.Submit(bg, q, wait, millrace.WithWeight(1<<62))
		pool.Submit(bg, q, wait, millrace.WithWeight(1<<62))
		if s := stats(t, q); s.Running != 2 || s.MaxWeight != 0 {
			t.Errorf("Stats() without a maximum = %+v, want 2 running", s)
		}
		close(gate)
		p.Close()
		q.Close()
	})
}

// A task that waits for weight holds back those behind it, so that light ones
// cannot starve it, but not those that are before it in the queue's order.
func TestWeightHeadOfLine(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(10))
		_, release := holdWeight(p, 6)
		heavy, releaseHeavy := holdWeight(p, 10)
		light := pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := stats(t, p); s.Queued != 2 || light.State() != future.Pending {
			t.Errorf("Stats() = %+v, %v, want the light one behind the heavy", s, light)
		}
		wantValue(t, "one of higher priority", pool.Submit(bg, p, nop, millrace.WithPriority(1)), 1)
		release()
		synctest.Wait()
		if heavy.State() != future.Running || light.State() != future.Pending {
			t.Errorf("heavy %v, light %v, want the heavy one running alone", heavy, light)
		}
		releaseHeavy()
		wantValue(t, "the light one", light, 1)
		p.Close()
	})
}

// When the one at the head goes, those behind it start at once.
func TestWeightHeadGoes(t *testing.T) {
	for name, end := range map[string]func(*intFuture, context.CancelFunc){
		"Cancel": func(f *intFuture, _ context.CancelFunc) { f.Cancel() },
		"ctx":    func(_ *intFuture, cancel context.CancelFunc) { cancel() },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(10))
			_, release := holdWeight(p, 6)
			ctx, cancel := context.WithCancel(bg)
			heavy := pool.Submit(ctx, p, nop, millrace.WithWeight(5))
			light := submitMany(bg, p, 2)
			end(heavy, cancel)
			synctest.Wait()
			for _, f := range light {
				if s := f.State(); s != future.Succeeded {
					t.Errorf("%s: a light task is %v, want it to have run", name, s)
				}
			}
			cancel()
			release()
			p.Close()
		})
	}
}

// A task of weight 0 always fits, also when all the weight is taken.
func TestWeightOfZero(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(1))
		_, release := holdWeight(p, 1)
		wantValue(t, "a task of weight 0", pool.Submit(bg, p, nop, millrace.WithWeight(0)), 1)
		release()
		p.Close()
	})
}

// A task that is heavier than the maximum is refused at once, and changes nothing; one that
// weighs as much as the maximum runs alone.
func TestTooHeavy(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for _, opts := range [][]millrace.PoolOption{nil, {millrace.WithQueue(0)}, {millrace.WithQueue(1), millrace.WithOverflow(millrace.CallerRuns)}} {
			p := pool.New(append(opts, two, millrace.WithMaxWeight(10))...)
			_, release := holdWeight(p, 10)
			before := stats(t, p)
			for _, weight := range []int64{11, 1 << 62, 1<<63 - 1} {
				wantNeverRan(t, "too heavy", pool.Submit(bg, p, nop, millrace.WithWeight(weight)), pool.ErrTooHeavy)
			}
			before.Refused += 3
			if s := stats(t, p); s != before {
				t.Errorf("Stats() = %+v, want %+v", s, before)
			}
			release()
			wantValue(t, "as heavy as can be", pool.Submit(bg, p, nop, millrace.WithWeight(10)), 1)
			p.Close()
		}
	})
}

// Lending hands the weight over with the slot and takes it back.
func TestWeightIsLent(t *testing.T) {
	for way, wait := range lending {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithMaxWeight(10))
			f := pool.Go(bg, p, func(ctx context.Context) error {
				err := wait(ctx, p, 3, func(ctx context.Context) (int, error) {
					_, err := pool.Submit(ctx, p, func(context.Context) (int, error) {
						if s := stats(t, p); s.Weight > 10 {
							t.Errorf("%s: Stats() = %+v, want at most 10", way, s)
						}
						return 1, nil
					}, millrace.WithWeight(10)).Await(ctx)
					return 1, err
				})
				if s := stats(t, p); s.Weight < 10 || s.Weight > 10 {
					t.Errorf("%s: Stats() after the wait = %+v, want the weight back", way, s)
				}
				return err
			}, millrace.WithWeight(10))
			if _, err := f.Await(bg); err != nil {
				t.Errorf("%s = %v, want nil", way, err)
			}
			p.Close()
			if s := stats(t, p); s.Weight != 0 {
				t.Errorf("%s: Stats() after Close = %+v, want no weight", way, s)
			}
		})
	}
}

// The bound is strict at any instant, under load, nesting, cancels and panics,
// and at the end all of it is there.
func TestWeightUnderLoad(t *testing.T) {
	const most = 10
	p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(most))
	var weight gauge
	produce := func(seed uint64) func() {
		r := rand.New(rand.NewPCG(seed, 4))
		return func() {
			for range 150 {
				w, child, kind := r.Int64N(most+1), r.Int64N(most+1), r.IntN(5)
				f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					weight.add(w)
					defer weight.add(-w)
					runtime.Gosched()
					switch kind {
					case 0:
						panic("a")
					case 1:
						runtime.Goexit()
					case 2:
						weight.add(-w)
						defer weight.add(w)
						return pool.Submit(ctx, p, func(context.Context) (int, error) {
							weight.add(child)
							defer weight.add(-child)
							return 1, nil
						}, millrace.WithWeight(child)).Await(ctx)
					}
					return 1, nil
				}, millrace.WithWeight(w))
				if kind == 3 {
					f.Cancel()
				}
				if s := stats(t, p); s.Weight > most || s.Running > 4 {
					t.Errorf("Stats() = %+v, want at most %d of weight", s, most)
				}
			}
		}
	}
	races(produce(1), produce(2), produce(3))
	wantValue(t, "all of the weight", pool.Submit(bg, p, nop, millrace.WithWeight(most)), 1)
	p.Close()
	weight.want(t, "weight", most)
}

// Items of a map have weight too.
func TestWeightOfItems(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(5))
		var running gauge
		out, err := pool.MapSlice(bg, p, []int{1, 2, 3, 4, 5}, func(_ context.Context, v int) (int, error) {
			running.add(1)
			defer running.add(-1)
			if s := stats(t, p); s.Weight > 5 {
				t.Errorf("Stats() = %+v, want at most 5 of weight", s)
			}
			return v, nil
		}, millrace.WithWeight(2))
		if err != nil || fmt.Sprint(out) != "[1 2 3 4 5]" {
			t.Errorf("MapSlice() = %v, %v, want [1 2 3 4 5]", out, err)
		}
		running.want(t, "items of weight 2 of 5", 2)
		p.Close()
	})
}

// A map that has no item for another runner holds back nothing, though it has asked for one;
// and it goes on when the next item comes.
func TestWeightOfNoItem(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(2))
		gate := make(chan struct{})
		items := func(yield func(int) bool) {
			if yield(1) && yield(2) {
				<-gate
				yield(3)
			}
		}
		ran, ended := 0, make(chan error, 1)
		go func() {
			ended <- pool.ForEach(bg, p, items, func(_ context.Context, n int) error {
				if ran++; n == 2 {
					<-gate
				}
				return nil
			}, millrace.WithWeight(2))
		}()
		synctest.Wait()
		f := pool.Submit(bg, p, nop, millrace.WithWeight(0))
		synctest.Wait()
		if s := f.State(); s != future.Succeeded {
			t.Errorf("State() of a task that fits = %v, want succeeded; Stats() = %+v", s, stats(t, p))
		}
		close(gate)
		if err := <-ended; err != nil || ran != 3 {
			t.Errorf("ForEach() = %v after %d items, want nil after 3", err, ran)
		}
		p.Close()
	})
}

// That is so also if none of its items runs.
func TestWeightOfNoItemAndNoneThatRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		at := func(second int) { time.Sleep(time.Duration(second) * time.Second) }
		p := pool.New(two, millrace.WithMaxWeight(2))
		light, heavy := millrace.WithWeight(0), millrace.WithWeight(2)
		gate, ended := make(chan struct{}), make(chan error, 1)
		lends := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			short, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			pool.Then(ctx, p, future.NewPromise[int]().Future(), identity).Await(short)
			at(6)
			return 1, nil
		}, heavy)
		synctest.Wait()
		pool.Submit(bg, p, func(context.Context) (int, error) { at(5); return 1, nil }, light)
		go func() {
			ended <- pool.ForEach(bg, p, func(yield func(int) bool) {
				if yield(1) && yield(2) {
					<-gate
				}
			}, func(context.Context, int) error { at(2); return nil }, heavy)
		}()
		at(4) // the items have ended, and what was to run others waits behind the one that has lent
		synctest.Wait()
		f := pool.Submit(bg, p, nop, light)
		at(1)
		synctest.Wait()
		if s := f.State(); s != future.Succeeded {
			t.Errorf("State() of a task that fits = %v, want succeeded; Stats() = %+v", s, stats(t, p))
		}
		close(gate)
		if err := <-ended; err != nil {
			t.Errorf("ForEach() = %v, want nil", err)
		}
		wantValue(t, "the heavy task", lends, 1)
		p.Close()
	})
}

// That is so also if the last item is taken while the runner, and something behind it, wait.
func TestWeightOfTakenItem(t *testing.T) {
	for name, run := range map[string]func(p *pool.Pool, fn func(context.Context, int) error) error{
		"ForEach": func(p *pool.Pool, fn func(context.Context, int) error) error {
			return pool.ForEach(bg, p, slices.Values([]int{0, 1}), fn)
		},
		"MapSlice": func(p *pool.Pool, fn func(context.Context, int) error) error {
			_, err := pool.MapSlice(bg, p, []int{0, 1}, func(ctx context.Context, n int) (int, error) { return n, fn(ctx, n) })
			return err
		},
		"ForN": func(p *pool.Pool, fn func(context.Context, int) error) error { return pool.ForN(bg, p, 2, fn) },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithMaxWeight(1))
			gates := []chan struct{}{make(chan struct{}), make(chan struct{})}
			ended := make(chan error, 1)
			go func() {
				ended <- run(p, func(_ context.Context, n int) error {
					<-gates[n]
					return nil
				})
			}()
			synctest.Wait()
			f := pool.Submit(bg, p, nop, millrace.WithWeight(0))
			synctest.Wait()
			if s := f.State(); s != future.Pending {
				t.Errorf("%s: State() of a task behind an item that waits for weight = %v, want pending", name, s)
			}
			close(gates[0])
			synctest.Wait()
			if s := f.State(); s != future.Succeeded {
				t.Errorf("%s: State() of a task that fits = %v, want succeeded; Stats() = %+v", name, s, stats(t, p))
			}
			close(gates[1])
			if err := <-ended; err != nil {
				t.Errorf("%s = %v", name, err)
			}
			p.Close()
		})
	}
}

// The other function of Join weighs 1, also if the task that calls Join weighs nothing.
func TestJoinInATaskWithoutWeight(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(1))
		var g gauge
		work := func(context.Context) (int, error) {
			g.add(1)
			time.Sleep(time.Second)
			g.add(-1)
			return 1, nil
		}
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			a, _, err := pool.Join(ctx, p, work, nop)
			return a, err
		}, millrace.WithWeight(0))
		for range 3 {
			pool.Submit(bg, p, work)
		}
		wantValue(t, "a task with a Join", f, 1)
		p.Close()
		g.want(t, "tasks of all the weight there is", 1)
	})
}
