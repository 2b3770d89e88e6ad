package future_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

func parse(text string) int {
	if text == "" {
		panic("empty\ntext")
	}
	return len(text)
}

// A panic is an error of one line. The stack is in the fields, in %+v, and in the
// attributes of log/slog.
func ExamplePanicError() {
	ctx := context.Background()
	f := future.Go(ctx, func(context.Context) (int, error) { return parse(""), nil })

	_, err := f.Await(ctx)
	fmt.Println(err)
	if fault, ok := errors.AsType[*future.PanicError](err); ok {
		frame, _ := runtime.CallersFrames(fault.Callers).Next()
		fmt.Println(frame.Function)
	}
	// Output:
	// future: task panicked: empty\ntext
	// github.com/millrace-go/millrace/future_test.parse
}

// The timeout of a task is told from the end of another context by its cause.
func ExampleTimeoutError() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	f := pool.Go(ctx, p, func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("query: %w", context.Cause(ctx))
	}, millrace.WithTimeout(time.Millisecond))

	_, err := f.Await(ctx)
	fmt.Println(err)
	if late, ok := errors.AsType[*future.TimeoutError](err); ok {
		fmt.Println("the limit was", late.After)
	}
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// query: future: task timed out after 1ms
	// the limit was 1ms
	// true
}

// An ItemError says which of several futures has failed.
func ExampleItemError() {
	ctx := context.Background()
	files := []string{"a.txt", "b.txt"}
	errMissing := errors.New("file does not exist")

	_, err := future.All(ctx, future.Resolved(10), future.Rejected[int](errMissing))
	if item, ok := errors.AsType[*future.ItemError](err); ok {
		fmt.Println(files[item.Index], item.Err)
	}
	fmt.Println(errors.Is(err, errMissing))
	// Output:
	// b.txt file does not exist
	// true
}
