package main

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/require"
)

// rows is how many the tests import that are about losing and doubling them.
const rows = 100_000

// errFatal is an error of an insert that trying again does not help.
var errFatal = errors.New("the disk is on fire")

// chaos is an insert that is cancelled, or fails, before, during or after it has
// done its work.
type chaos struct {
	*rand.Rand
	insert func(context.Context, progress, []checked) (progress, error)
	cancel func()
	locked error // a transient error
	failed int
}

func (c *chaos) try(ctx context.Context, from progress, batch []checked) (progress, error) {
	switch c.IntN(50) {
	case 0:
		c.cancel()
	case 1, 2, 3:
		go c.cancel() // in the midst of the insert, or of what comes next
	case 4, 5, 6:
		c.failed++
		return from, c.locked
	case 7, 8, 9: // the insert succeeds, and its answer gets lost
		c.failed++
		if to, err := c.insert(ctx, from, batch); err != nil {
			return to, err
		}
		return from, c.locked
	case 10:
		c.failed++
		return from, errFatal
	}
	to, err := c.insert(ctx, from, batch)
	if c.IntN(50) == 0 {
		c.cancel()
	}
	return to, err
}

// However often an import is cancelled and inserts of it fail, in the end every
// row is there once.
func TestNothingLostOrDoubled(t *testing.T) {
	file, db := generated(t, rows)
	want := expected(t, file)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &chaos{Rand: rand.New(rand.NewPCG(seed, 0)), locked: busy(t)}

	runs, done := 0, progress{}
	for ; done.row < rows; runs++ {
		before := done.row
		var err error
		done, err = c.run(t, file, db)
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errFatal) {
			t.Fatalf("run %d: %v", runs, err)
		}
		if done.row < before {
			t.Fatalf("run %d has undone rows: %d, after %d", runs, done.row, before)
		}
	}
	compare(t, db, want)
	t.Logf("%d runs, %d inserts failed", runs, c.failed)
	if runs < 3 || c.failed < 3 {
		t.Errorf("%d runs and %d failed inserts are too few to show anything", runs, c.failed)
	}
}

// run is one run of an import, which c is going to end early.
func (c *chaos) run(t *testing.T, file, db string) (progress, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	src, err := openSource(file)
	require.NoError(t, err)
	defer src.Close()
	store, err := openStore(ctx, db)
	require.NoError(t, err)
	defer store.Close()
	from, err := store.resume(ctx, src)
	require.NoError(t, err)
	p := pool.New()
	defer p.Close()

	c.insert, c.cancel = store.insert, cancel
	im := importer{batch: 500, retry: retries[progress](10, time.Microsecond), insert: c.try, progress: new(console.Progress)}
	done, err := im.run(ctx, p, src, from)
	if stats := p.Stats(); stats.Running+stats.Waiting+stats.Queued != 0 {
		t.Errorf("after a run the pool is %v, want it at rest", p)
	}
	return done, err
}

// busy returns the error of a database that is locked.
func busy(t *testing.T) error {
	t.Helper()
	name := filepath.Join(t.TempDir(), "busy.db")
	locker, err := openStore(t.Context(), name)
	require.NoError(t, err)
	defer locker.Close()
	defer lock(t, locker).Rollback()
	other, err := sql.Open("sqlite", name+"?_txlock=immediate")
	require.NoError(t, err)
	defer other.Close()
	_, err = other.BeginTx(t.Context(), nil)
	require.True(t, transient(err), "%v", err)
	return err
}

// lock locks a database for others that would write to it.
func lock(t *testing.T, s *store) *sql.Tx {
	t.Helper()
	tx, err := s.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	return tx
}
