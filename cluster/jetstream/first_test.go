package jetstream_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// BenchmarkFirstResult is from nothing to the first result: a server, a worker and a
// client in this process.
func BenchmarkFirstResult(b *testing.B) {
	for b.Loop() {
		s, err := embedded.Start("", 0)
		if err != nil {
			b.Fatal(err)
		}
		e := connect(b, s.URL(), jetstream.Config{})
		stop := startWorker(b, e, square)
		if v, err := square.Submit(context.Background(), cluster.NewClient(e), 12).Await(context.Background()); v != 144 || err != nil {
			b.Fatal(v, err)
		}
		b.StopTimer()
		stop()
		_ = e.Close()
		s.Close()
		b.StartTimer()
	}
}

// BenchmarkMap is a map of empty tasks, with all processes in one.
func BenchmarkMap(b *testing.B) {
	s := startServer(b)
	e := connect(b, s.URL(), jetstream.Config{})
	defer e.Close()
	stop := startWorker(b, e, square)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	for _, chunk := range []int{1, 100} {
		b.Run(map[int]string{1: "calls", 100: "chunks of 100"}[chunk], func(b *testing.B) {
			in := func(yield func(int) bool) {
				for i := 0; b.Loop() && yield(i); i++ {
				}
			}
			for _, err := range square.Map(ctx, cluster.NewClient(e), in, cluster.WithChunk(chunk)) {
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
