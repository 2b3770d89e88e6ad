package main

import (
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// An importer brings the rows of a file into a database.
type importer struct {
	batch    int
	retry    failsafe.Executor[progress]
	insert   func(ctx context.Context, from progress, rows []checked) (progress, error)
	progress *console.Progress // of this run
}

// run imports the rows behind from, and returns how far it got. On an error it
// may be that one batch more is in the database.
func (im *importer) run(ctx context.Context, ex pool.Executor, src *source, from progress) (done progress, err error) {
	done = from
	im.show(from, done)
	err = im.batches(ex, src, done.position).ForEach(ctx, func(rows []checked) error {
		next, err := im.retry.WithContext(ctx).Get(func() (progress, error) { return im.insert(ctx, done, rows) })
		if err != nil {
			return err
		}
		done = next
		im.show(from, done)
		return nil
	})
	return done, err
}

// batches returns the rows behind a position in the order of the file, checked,
// in batches: full ones and the last. While one is inserted the next is checked,
// because the map runs ahead as far as its window; a Buffer behind the Batch made
// it no faster.
func (im *importer) batches(ex pool.Executor, src *source, from position) stream.Stream[[]checked] {
	rows := stream.Map(src.rows(from), ex, check, millrace.WithTaskName("check"))
	return stream.Batch(rows.Catch(reject), im.batch, -1)
}

// show shows how far a run that began at from has come.
func (im *importer) show(from, done progress) {
	im.progress.Items.Store(int64(done.row))
	im.progress.Bytes.Store(done.offset - from.offset)
}

// A rejection says why a row cannot be imported.
type rejection struct {
	at  position // behind the row
	why error
}

func (r *rejection) Error() string { return r.why.Error() }

// reject makes a row of a rejection, which keeps its place: it is to be counted,
// in the same transaction as its neighbours. Any other error is none of the
// row's, and ends the import.
func reject(err error) (checked, bool, error) {
	var r *rejection
	if errors.As(err, &r) {
		return checked{at: r.at, why: r.why.Error()}, true, nil
	}
	return checked{}, false, err
}

// A transaction on a locked database is tried again after firstPause, and then
// after pauses twice as long each time, up to longestPause.
const (
	firstPause   = 10 * time.Millisecond
	longestPause = time.Second
)

// retries returns what tries something on the database again up to n times, if
// that may help.
func retries[T any](n int, pause time.Duration) failsafe.Executor[T] {
	return failsafe.With(retrypolicy.NewBuilder[T]().
		HandleIf(func(_ T, err error) bool { return transient(err) }).
		WithMaxRetries(n).
		WithBackoff(pause, longestPause).
		WithJitterFactor(0.25). // two importers that wait for each other should not do so in step
		ReturnLastFailure().
		Build())
}
