package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// BenchmarkAdmission has each feature of admission beside a task without any:
// what it costs where it is used, and that a pool which bounds more than its slots
// costs little where it is not.
func BenchmarkAdmission(b *testing.B) {
	weighted := []millrace.PoolOption{millrace.WithMaxWeight(1000)}
	bounded := []millrace.PoolOption{millrace.WithQueue(10_000)}
	for _, c := range []struct {
		name string
		pool []millrace.PoolOption
		task func(i int) []millrace.TaskOption
	}{
		{name: "plain"},
		{name: "queue bound", pool: bounded},
		{name: "maximum weight", pool: weighted},
		{name: "weight", pool: weighted, task: func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithWeight(2)} }},
		{name: "priority", task: func(i int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithPriority(1 + i%4)} }},
		{name: "key, each its own", task: func(i int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey(i)} }},
		{name: "key, of ten", task: func(i int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey(i % 10)} }},
		{name: "timeout", task: func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithTimeout(time.Minute)} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := pool.New(append(c.pool, millrace.WithWorkers(8))...)
			defer p.Close()
			submitThousand(b, func(i int) *future.Future[int] {
				if c.task == nil {
					return pool.Submit(bg, p, nop)
				}
				return pool.Submit(bg, p, nop, c.task(i)...)
			})
		})
	}
	for name, opts := range map[string][]millrace.GroupOption{"group": nil, "group with a limit": {millrace.WithLimit(4)}} {
		b.Run(name, func(b *testing.B) {
			p := pool.New(millrace.WithWorkers(8))
			defer p.Close()
			g := pool.NewGroup(context.Background(), p, opts...)
			submitThousand(b, func(int) *future.Future[int] { return pool.Submit(bg, g, nop) })
		})
	}
}

// submitThousand submits and awaits a thousand tasks a round.
func submitThousand(b *testing.B, submit func(i int) *future.Future[int]) {
	const n = 1000
	fs := make([]*future.Future[int], n)
	b.ReportAllocs()
	for b.Loop() {
		for i := range fs {
			fs[i] = submit(i)
		}
		for i, f := range fs {
			if _, err := f.Await(bg); err != nil {
				b.Fatalf("task %d: %v", i, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/task")
}
