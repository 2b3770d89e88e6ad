package future_test

import (
	"context"
	"errors"

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
