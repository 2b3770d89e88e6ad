package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A flush asks for all events before it. It passes through the stages as an error.
type flush struct{ done *future.Promise[struct{}] }

func (flush) Error() string { return "flush" }

// Events are sent in batches of a thousand, or of what there is after a minute. A flush
// does not wait for that: an error ends the batch before it, and as it keeps its place,
// all batches before it have been sent when the loop gets it.
func Example_flush() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New()
		defer p.Close()

		queue := make(chan future.Result[string], 100)
		events := stream.Transform(stream.FromChan(queue), func(r future.Result[string]) (string, error) { return r.Value, r.Err })
		send := func(_ context.Context, batch []string) (int, error) {
			fmt.Println("send", batch)
			return len(batch), nil
		}
		sent := stream.Map(stream.Batch(events, 1000, time.Minute), p, send)
		sender := future.Go(t.Context(), func(ctx context.Context) (total int, _ error) {
			for n, err := range sent.All(ctx) {
				total += n
				if f, ok := errors.AsType[flush](err); ok {
					f.done.Resolve(struct{}{})
				}
			}
			return total, nil
		})

		start, done := time.Now(), future.NewPromise[struct{}]()
		queue <- future.Result[string]{Value: "a"}
		queue <- future.Result[string]{Value: "b"}
		queue <- future.Result[string]{Err: flush{done}}
		_, err := done.Future().Await(t.Context())
		fmt.Println("flushed after", time.Since(start), err)

		queue <- future.Result[string]{Value: "c"}
		close(queue) // which also sends what is left
		fmt.Println(sender.Await(t.Context()))
	})
	// Output:
	// send [a b]
	// flushed after 0s <nil>
	// send [c]
	// 3 <nil>
}
