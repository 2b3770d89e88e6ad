package stream_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Items of a stage may have options of their own; a stage of others panics at the call.
func TestPerItem(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		defer p.Close()
		start := time.Now()
		got, err := stream.Map(stream.FromSlice([]int{0, 1, 2, 3}), p, func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Second)
			return v, nil
		}, millrace.PerItem(func(v int) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithKey(v % 2)}
		})).Collect(context.Background())
		if took := time.Since(start); took != 2*time.Second || err != nil || !slices.Equal(got, []int{0, 1, 2, 3}) {
			t.Errorf("two items of each of two keys: %v, %v after %v, want 2s", got, err, took)
		}
		defer func() {
			if text, _ := recover().(string); !strings.HasPrefix(text, "stream: PerItem") {
				t.Errorf("a stage of ints with options for strings: panic %q", text)
			}
		}()
		stream.Map(stream.FromSlice([]int{0}), p, func(_ context.Context, v int) (int, error) { return v, nil },
			millrace.PerItem(func(string) []millrace.TaskOption { return nil }))
	})
}
