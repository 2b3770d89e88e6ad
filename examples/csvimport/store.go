package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// progress is how far the import of a file has come.
type progress struct {
	source string
	position
	imported, rejected int // of the rows before the position
}

const schema = `
CREATE TABLE IF NOT EXISTS orders (
	id INTEGER PRIMARY KEY, customer TEXT NOT NULL, cents INTEGER NOT NULL, currency TEXT NOT NULL, placed TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS rejected (
	source TEXT NOT NULL, row INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (source, row)
) STRICT;
CREATE TABLE IF NOT EXISTS progress (
	source TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
	row INTEGER NOT NULL, "offset" INTEGER NOT NULL, imported INTEGER NOT NULL, rejected INTEGER NOT NULL
) STRICT;`

// A store is the database.
type store struct{ *sql.DB }

// openStore opens the database in a file, and makes what it lacks.
//
// In WAL mode a commit need not wait for the disk: after a power cut the last
// ones may be gone, but then the progress they wrote is gone with them.
func openStore(ctx context.Context, path string) (*store, error) {
	query := url.Values{
		"_pragma": {"busy_timeout(100)", "journal_mode(wal)", "synchronous(normal)"},
		"_txlock": {"immediate"}, // a transaction that begins as a reader can lose the race for writing
	}
	name := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return &store{db}, nil
}

// transient reports whether an insert that failed may succeed if it is tried
// again: another process is at work on the database.
func transient(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// resume returns how far the import of src has come. It is an error if src is
// not what it was when the import began.
func (s *store) resume(ctx context.Context, src *source) (progress, error) {
	_, err := s.ExecContext(ctx, `INSERT INTO progress VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`,
		src.path, src.size, src.modified, src.begin.row, src.begin.offset)
	if err != nil {
		return progress{}, err
	}
	var size, modified int64
	row := s.QueryRowContext(ctx, `SELECT size, modified FROM progress WHERE source = ?`, src.path)
	if err := row.Scan(&size, &modified); err != nil {
		return progress{}, err
	}
	if size != src.size || modified != src.modified {
		return progress{}, fmt.Errorf("%s has changed since its import began", src.path)
	}
	return load(ctx, s, src.path)
}

// A querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// load reads the progress of a file.
func load(ctx context.Context, q querier, source string) (progress, error) {
	p := progress{source: source}
	row := q.QueryRowContext(ctx, `SELECT row, "offset", imported, rejected FROM progress WHERE source = ?`, source)
	err := row.Scan(&p.row, &p.offset, &p.imported, &p.rejected)
	return p, err
}
