package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Two workers run two tasks at once, so six tasks of a second take three seconds.
func ExampleWithWorkers() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		p := pool.New(millrace.WithWorkers(2))
		for range 6 {
			pool.Go(ctx, p, func(context.Context) error { time.Sleep(time.Second); return nil })
		}
		p.Close()
		fmt.Println(time.Since(start))
	})
	// Output: 3s
}

// A pool that is bounded by memory: it has many workers, and the weights of the tasks that
// run at once are 512 at most.
func ExampleWithMaxWeight() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(100), millrace.WithMaxWeight(512))
	defer p.Close()

	_, err := pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithWeight(512)).Await(ctx)
	fmt.Println(err)
	_, err = pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithWeight(513)).Await(ctx)
	fmt.Println(errors.Is(err, pool.ErrTooHeavy))
	// Output:
	// <nil>
	// true
}

// The name is in what a pool prints, and a pprof label of its goroutines.
func ExampleWithName() {
	p := pool.New(millrace.WithName("thumbnails"), millrace.WithWorkers(4))
	defer p.Close()

	fmt.Println(p, p.Stats().Name)
	// Output: pool("thumbnails": 0 of 4 running, 0 waiting, 0 queued) thumbnails
}

// Idle workers are kept for the next task, by default for ten seconds. A pool that works
// once a day need not keep them.
func ExampleWithIdleTimeout() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx := t.Context()
		p := pool.New(millrace.WithIdleTimeout(time.Minute))
		defer p.Close()
		_, _ = pool.Go(ctx, p, func(context.Context) error { return nil }).Await(ctx)

		synctest.Wait()
		fmt.Println("after the task:", p.Stats().Goroutines)
		time.Sleep(2 * time.Minute)
		fmt.Println("two minutes later:", p.Stats().Goroutines)
	})
	// Output:
	// after the task: 1
	// two minutes later: 0
}

// By default a panic is the error of its task. In this pool it ends the process with the
// stack of the task, as it would in a bare goroutine. What a task recovers from is no
// panic of the task.
func ExampleWithCrashOnPanic() {
	ctx := context.Background()
	p := pool.New(millrace.WithCrashOnPanic())
	defer p.Close()

	f := pool.Submit(ctx, p, func(context.Context) (answer string, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("bad template: %v", r)
			}
		}()
		panic("unexpected {{end}}")
	})
	_, err := f.Await(ctx)
	fmt.Println(err)
	// Output: bad template: unexpected {{end}}
}
