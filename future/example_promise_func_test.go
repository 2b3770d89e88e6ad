package future_test

import (
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// cluster stands for an executor that is elsewhere: it can take a job back only while
// the job waits there.
type cluster struct {
	waiting map[string]bool
}

func (c *cluster) takeBack(job string) bool {
	waiting := c.waiting[job]
	delete(c.waiting, job)
	return waiting
}

// Cancel and Abort of the future reach the executor, which knows whether the job ran.
func ExampleNewPromiseFunc() {
	remote := &cluster{waiting: map[string]bool{"report": true}}
	submit := func(job string) *future.Future[string] {
		var p *future.Promise[string]
		p = future.NewPromiseFunc[string](func(cause error) bool {
			return remote.takeBack(job) && p.NeverRan(cause)
		})
		return p.Future()
	}

	waiting, running := submit("report"), submit("backup")
	fmt.Println(waiting.Abort(errors.New("no longer needed")), waiting.State())
	fmt.Println(running.Cancel(), running.State())
	// Output:
	// true cancelled
	// false pending
}
