package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// An error keeps its place among the items. Catch drops it, puts an item in its
// place, or lets it pass; a sink stops at one that passes.
func ExampleStream_Catch() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	parse := func(_ context.Context, text string) (int, error) { return strconv.Atoi(text) }
	numbers := func(texts ...string) stream.Stream[int] {
		return stream.Map(stream.FromSlice(texts), p, parse).Catch(func(err error) (int, bool, error) {
			switch {
			case errors.Is(err, strconv.ErrRange):
				return 999, true, nil
			case errors.Is(err, strconv.ErrSyntax):
				return 0, false, nil
			}
			return 0, false, err
		})
	}
	fmt.Println(numbers("1", "two", "3", "99999999999999999999", "5").Collect(ctx))

	broken := stream.Concat(numbers("1", "2"), stream.FromFunc(func(context.Context) (int, error) {
		return 0, errors.New("the disk is full")
	}))
	fmt.Println(broken.Collect(ctx))
	// Output:
	// [1 3 999 5] <nil>
	// [1 2] the disk is full
}
