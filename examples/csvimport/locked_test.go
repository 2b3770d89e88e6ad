package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// importInto runs an import of a generated file with the given insert.
func importInto(ctx context.Context, t *testing.T, n, retry int, insert func(context.Context, progress, []checked) (progress, error)) (progress, error) {
	t.Helper()
	file, _ := generated(t, n)
	src, err := openSource(file)
	require.NoError(t, err)
	defer src.Close()
	p := pool.New()
	defer p.Close()
	im := importer{batch: 10, retry: retries[progress](retry, firstPause), insert: insert, progress: new(console.Progress)}
	return im.run(ctx, p, src, progress{source: src.path, position: src.begin})
}

// An import waits for another process that has locked the database.
func TestLockedForAWhile(t *testing.T) {
	file, db := generated(t, 1000)
	locker, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer locker.Close()
	src, err := openSource(file)
	require.NoError(t, err)
	defer src.Close()
	store, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer store.Close()
	from, err := store.resume(t.Context(), src)
	require.NoError(t, err)
	p := pool.New()
	defer p.Close()

	tx, failed := lock(t, locker), 0
	im := importer{batch: 500, retry: retries[progress](3, firstPause), progress: new(console.Progress)}
	im.insert = func(ctx context.Context, from progress, batch []checked) (progress, error) {
		to, err := store.insert(ctx, from, batch)
		if err != nil {
			failed++
			assert.NoError(t, tx.Rollback())
		}
		return to, err
	}
	if done, err := im.run(t.Context(), p, src, from); err != nil || done.row != 1000 || failed != 1 {
		t.Errorf("run = %d rows, %v, with %d inserts failed, want 1000, nil, 1", done.row, err, failed)
	}
	compare(t, db, expected(t, file))
}

// An import gives up in the end, with the last error, and counts as done what
// was.
func TestLockedForTooLong(t *testing.T) {
	locked := busy(t)
	synctest.Test(t, func(t *testing.T) {
		calls, begin := 0, time.Now()
		done, err := importInto(t.Context(), t, 30, 5, func(_ context.Context, from progress, batch []checked) (progress, error) {
			if calls++; calls > 1 {
				return from, locked
			}
			return progress{position: batch[len(batch)-1].at}, nil
		})
		if !errors.Is(err, locked) || calls != 1+1+5 || done.row != 10 {
			t.Errorf("run = %d rows, %v after %d inserts, want 10 rows, %v, 7", done.row, err, calls, locked)
		}
		// 10, 20, 40, 80 and 160 ms, each a quarter more or less.
		if d, mean := time.Since(begin), 310*time.Millisecond; d < mean*3/4 || d > mean*5/4 {
			t.Errorf("the pauses took %v, want about %v", d, mean)
		}
	})
}

// An error that will not go away is not tried again.
func TestFatal(t *testing.T) {
	calls := 0
	done, err := importInto(t.Context(), t, 30, 5, func(_ context.Context, from progress, _ []checked) (progress, error) {
		calls++
		return from, errFatal
	})
	if !errors.Is(err, errFatal) || calls != 1 || done.row != 0 {
		t.Errorf("run = %d rows, %v after %d inserts, want 0 rows, %v, 1", done.row, err, calls, errFatal)
	}
}

// The end of the context ends a pause.
func TestCancelledWhileLocked(t *testing.T) {
	locked := busy(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := importInto(ctx, t, 30, 1000, func(_ context.Context, from progress, _ []checked) (progress, error) {
			return from, locked
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("run = %v after %v, want %v after 1s", err, time.Since(begin), context.DeadlineExceeded)
		}
	})
}

// A file that cannot be read ends an import.
func TestUnreadable(t *testing.T) {
	file, db := generated(t, 1000)
	src, err := openSource(file)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	store, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer store.Close()
	p := pool.New()
	defer p.Close()
	im := importer{batch: 10, retry: retries[progress](1, firstPause), insert: store.insert, progress: new(console.Progress)}
	if done, err := im.run(t.Context(), p, src, progress{source: src.path}); err == nil || done.row != 0 {
		t.Errorf("run = %d rows, %v, want none, and an error", done.row, err)
	}
}

// An import waits for a database that is locked before it has begun, new or not.
func TestLockedAtTheStart(t *testing.T) {
	for _, known := range []bool{false, true} {
		file, db := generated(t, faultEvery-1)
		if known {
			store, err := openStore(t.Context(), db)
			require.NoError(t, err)
			require.NoError(t, store.Close())
		}
		locker, err := sql.Open("sqlite", db+"?_txlock=exclusive")
		require.NoError(t, err)
		defer locker.Close()
		tx, err := locker.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		go func() {
			time.Sleep(500 * time.Millisecond) // an attempt to open it gives up after 100
			_ = tx.Rollback()
		}()
		if out, errs, status := imported("-db", db, "-retries", "1000", file); errs != "" || status != console.OK {
			t.Errorf("csvimport into a locked database (known: %t) = %q, %q, %d, want %d", known, out, errs, status, console.OK)
		}
	}
}

// Imports of several files into one database at once all come to their ends.
func TestManyAtOnce(t *testing.T) {
	const n, imports = 5_000, 4
	db := filepath.Join(t.TempDir(), "orders.db")
	ended := make(chan string)
	for range imports {
		file, _ := generated(t, n)
		go func() {
			_, errs, _ := imported("-db", db, "-retries", "1000", file)
			ended <- errs
		}()
	}
	for range imports {
		if errs := <-ended; errs != "" {
			t.Errorf("csvimport beside others = %q, want that it waits for them", errs)
		}
	}
	store, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer store.Close()
	var rows int
	require.NoError(t, store.QueryRowContext(t.Context(), `SELECT sum(row) FROM progress`).Scan(&rows))
	if rows != n*imports {
		t.Errorf("%d rows were imported, want %d", rows, n*imports)
	}
}

// Two imports of a file at once do each other's work, or stop; nothing is
// doubled.
func TestTwoAtOnce(t *testing.T) {
	file, db := generated(t, 20_000)
	want := expected(t, file)
	ended := make(chan int)
	for range 2 {
		go func() {
			_, _, status := imported("-db", db, file)
			ended <- status
		}()
	}
	<-ended
	<-ended
	imported("-db", db, file) // if each has stopped for the other
	compare(t, db, want)
}
