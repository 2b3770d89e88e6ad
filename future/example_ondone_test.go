package future_test

import (
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// A function of OnDone is called once, when the future settles; stop takes it back.
func ExampleFuture_OnDone() {
	p := future.NewPromise[string]()
	f := p.Future()
	f.OnDone(func(f *future.Future[string]) {
		result, _ := f.Poll()
		fmt.Println("first:", result.Value, result.Err)
	})
	stop := f.OnDone(func(*future.Future[string]) { fmt.Println("second") })
	f.OnDone(func(f *future.Future[string]) { fmt.Println("third:", f.State()) })

	fmt.Println("stopped:", stop())
	p.Resolve("parcel")
	f.OnDone(func(*future.Future[string]) { fmt.Println("fourth, at once") })
	// Output:
	// stopped: true
	// first: parcel <nil>
	// third: succeeded
	// fourth, at once
}
