package future_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// All returns every value in the order of the arguments, or the first failure with
// the position of its future.
func ExampleAll() {
	ctx := context.Background()
	length := func(word string) *future.Future[int] {
		return future.Go(ctx, func(context.Context) (int, error) {
			if word == "" {
				return 0, errors.New("no word")
			}
			return len(word), nil
		})
	}

	fmt.Println(future.All(ctx, length("mill"), length("race")))

	_, err := future.All(ctx, length("mill"), length(""))
	fmt.Println(err)
	// Output:
	// [4 4] <nil>
	// item 1: no word
}

// AllSettled waits for failures as for successes.
func ExampleAllSettled() {
	ctx := context.Background()
	results, err := future.AllSettled(ctx,
		future.Resolved("saved"),
		future.Rejected[string](errors.New("disk full")),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, r := range results {
		fmt.Printf("%d: %q, %v\n", i, r.Value, r.Err)
	}
	// Output:
	// 0: "saved", <nil>
	// 1: "", disk full
}

// Any returns the first success. A failure does not end it, unless all fail.
func ExampleAny() {
	ctx := context.Background()
	refused := func(mirror string) *future.Future[string] {
		return future.Go(ctx, func(context.Context) (string, error) { return "", fmt.Errorf("%s: refused", mirror) })
	}
	answers := future.Go(ctx, func(context.Context) (string, error) { return "the file", nil })

	fmt.Println(future.Any(ctx, refused("mirror 1"), answers, refused("mirror 2")))

	_, err := future.Any(ctx, refused("mirror 1"), refused("mirror 2"))
	fmt.Println(err)
	// Output:
	// the file <nil>
	// mirror 1: refused
	// mirror 2: refused
}

// Race returns whatever settles first. The others go on, so one that is of no use any
// more is aborted.
func ExampleRace() {
	ctx := context.Background()
	slow := future.Go(ctx, func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	fast := future.Go(ctx, func(context.Context) (string, error) { return "from the cache", nil })

	fmt.Println(future.Race(ctx, slow, fast))
	slow.Abort(errors.New("the cache was faster"))
	_, err := slow.Await(ctx)
	fmt.Println(err)
	// Output:
	// from the cache <nil>
	// the cache was faster
}
