package future_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// What the tests of this package share.

type (
	intFuture  = future.Future[int]
	intPromise = future.Promise[int]
)

var (
	bg      = context.Background()
	errBoom = errors.New("boom")
)

// ended returns a context that has ended with cause.
func ended(cause error) context.Context {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(cause)
	return ctx
}

// promises returns n pending promises and their futures.
func promises(n int) ([]*intPromise, []*intFuture) {
	ps, fs := make([]*intPromise, n), make([]*intFuture, n)
	for i := range ps {
		ps[i] = future.NewPromise[int]()
		fs[i] = ps[i].Future()
	}
	return ps, fs
}

// value returns the value of a settled future.
func value(f *intFuture) int {
	r, _ := f.Poll()
	return r.Value
}

// indexes returns where the futures stand among all.
func indexes(all, fs []*intFuture) []int {
	var is []int
	for _, f := range fs {
		for i := range all {
			if all[i] == f {
				is = append(is, i)
			}
		}
	}
	return is
}

// waits are the waits that end with an error. One that waits for fewer than
// all of its futures is used with one future in the tests that range over it.
var waits = []struct {
	name string
	wait func(context.Context, ...*intFuture) error
}{
	{"Await", func(ctx context.Context, fs ...*intFuture) error {
		for _, f := range fs {
			if _, err := f.Await(ctx); err != nil {
				return err
			}
		}
		return nil
	}},
	{"Wait(AllCompleted)", waitUntil(future.AllCompleted)},
	{"Wait(FirstCompleted)", waitUntil(future.FirstCompleted)},
	{"Wait(FirstFailed)", waitUntil(future.FirstFailed)},
	{"All", func(ctx context.Context, fs ...*intFuture) error { _, err := future.All(ctx, fs...); return err }},
	{"AllSettled", func(ctx context.Context, fs ...*intFuture) error { _, err := future.AllSettled(ctx, fs...); return err }},
	{"Any", func(ctx context.Context, fs ...*intFuture) error { _, err := future.Any(ctx, fs...); return err }},
	{"Race", func(ctx context.Context, fs ...*intFuture) error { _, err := future.Race(ctx, fs...); return err }},
}

func waitUntil(until future.Until) func(context.Context, ...*intFuture) error {
	return func(ctx context.Context, fs ...*intFuture) error {
		_, _, err := future.Wait(ctx, until, fs...)
		return err
	}
}

// Waits of which the outcome is decided by settled futures return it, even if
// their context has ended and others of their futures are pending. A select
// over two channels would pick one at random: hence the many tries.
func TestSettledBeatsContext(t *testing.T) {
	pending, one, two := future.NewPromise[int]().Future(), future.Resolved(1), future.Resolved(2)
	failed := future.Rejected[int](errBoom)
	ctx := ended(errors.New("the context has ended"))
	for _, c := range []struct {
		call string
		want string
		got  func() string
	}{
		{"one.Await", "1 <nil>", func() string { return fmt.Sprint(one.Await(ctx)) }},
		{"failed.Await", "0 boom", func() string { return fmt.Sprint(failed.Await(ctx)) }},
		{"Wait(AllCompleted, one, two)", "2 0 <nil>", countWait(ctx, future.AllCompleted, one, two)},
		{"Wait(FirstCompleted, pending, one)", "1 1 <nil>", countWait(ctx, future.FirstCompleted, pending, one)},
		{"Wait(FirstFailed, pending, one, failed)", "2 1 <nil>", countWait(ctx, future.FirstFailed, pending, one, failed)},
		{"Wait(FirstFailed, one, two)", "2 0 <nil>", countWait(ctx, future.FirstFailed, one, two)},
		{"Wait(AllCompleted)", "0 0 <nil>", countWait(ctx, future.AllCompleted)},
		{"All(one, two, one)", "[1 2 1] <nil>", func() string { return fmt.Sprint(future.All(ctx, one, two, one)) }},
		{"All()", "[] <nil>", func() string { return fmt.Sprint(future.All[int](ctx)) }},
		{"All(pending, failed)", "true", func() string { _, err := future.All(ctx, pending, failed); return fmt.Sprint(errors.Is(err, errBoom)) }},
		{"AllSettled(one, failed)", "[{1 <nil>} {0 boom}] <nil>", func() string { return fmt.Sprint(future.AllSettled(ctx, one, failed)) }},
		{"AllSettled()", "[] <nil>", func() string { return fmt.Sprint(future.AllSettled[int](ctx)) }},
		{"Any(failed, pending, one)", "1 <nil>", func() string { return fmt.Sprint(future.Any(ctx, failed, pending, one)) }},
		{"Any(failed)", "true", func() string { _, err := future.Any(ctx, failed); return fmt.Sprint(errors.Is(err, errBoom)) }},
		{"Race(pending, one)", "1 <nil>", func() string { return fmt.Sprint(future.Race(ctx, pending, one)) }},
		{"AsCompleted(two, pending, one)", "[2 1]", func() string {
			var got []int
			for f := range future.AsCompleted(ctx, two, pending, one) {
				got = append(got, value(f))
			}
			return fmt.Sprint(got)
		}},
	} {
		for range 1000 {
			if got := c.got(); got != c.want {
				t.Errorf("%s under an ended context = %s, want %s", c.call, got, c.want)
				break
			}
		}
	}
}

// countWait returns how many futures Wait says are done and not done.
func countWait(ctx context.Context, until future.Until, fs ...*intFuture) func() string {
	return func() string {
		done, notDone, err := future.Wait(ctx, until, fs...)
		return fmt.Sprint(len(done), len(notDone), err)
	}
}
