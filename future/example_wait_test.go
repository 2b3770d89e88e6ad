package future_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// With FirstFailed, Wait returns as soon as it makes no sense to wait for the rest.
func ExampleWait() {
	ctx := context.Background()
	copying := future.Go(ctx, func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	checking := future.Go(ctx, func(context.Context) (int, error) { return 0, errors.New("bad checksum") })

	done, notDone, err := future.Wait(ctx, future.FirstFailed, copying, checking)
	fmt.Println(len(done), "done,", len(notDone), "not done,", err)
	for _, f := range notDone {
		fmt.Println("aborted:", f.Abort(errors.New("the copy is of no use")))
	}
	// Output:
	// 1 done, 1 not done, <nil>
	// aborted: true
}
