package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// errOther is the error of an import that finds another one at work on the same
// file.
var errOther = errors.New("another import of the file is at work")

// insert brings rows, which begin at from, and the progress they make into the
// database: all of it, or on an error nothing. It may be called again with the
// same rows after an error that may have come before the commit or after it.
func (s *store) insert(ctx context.Context, from progress, rows []checked) (progress, error) {
	tx, err := s.BeginTx(ctx, nil)
	if err != nil {
		return from, err
	}
	defer tx.Rollback() // which does nothing after a commit

	is, err := load(ctx, tx, from.source)
	switch end := rows[len(rows)-1].at; {
	case err != nil:
		return from, err
	case is.position == end:
		return is, nil // the commit that failed had succeeded
	case is != from:
		return from, errOther
	}
	to, err := insertRows(ctx, tx, from, rows)
	if err != nil {
		return from, err
	}
	if err := tx.Commit(); err != nil {
		return from, err
	}
	return to, nil
}

func insertRows(ctx context.Context, tx *sql.Tx, p progress, rows []checked) (progress, error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return p, err
	}
	defer insert.Close()
	for _, r := range rows {
		p.position = r.at
		why := r.why
		if why == "" {
			if why, err = insertOrder(ctx, insert, r.order); err != nil {
				return p, err
			}
		}
		if why == "" {
			p.imported++
			continue
		}
		p.rejected++
		if _, err := tx.ExecContext(ctx, `INSERT INTO rejected VALUES (?, ?, ?)`, p.source, p.row, why); err != nil {
			return p, err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE progress SET row = ?, "offset" = ?, imported = ?, rejected = ? WHERE source = ?`,
		p.row, p.offset, p.imported, p.rejected, p.source)
	return p, err
}

// insertOrder returns why an order was rejected, "" if it was not.
func insertOrder(ctx context.Context, insert *sql.Stmt, o order) (why string, err error) {
	done, err := insert.ExecContext(ctx, o.id, o.customer, o.cents, o.currency, o.placed.UTC().Format(time.RFC3339))
	if err != nil {
		return "", err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		why = fmt.Sprintf("there is an order %d already", o.id)
	}
	return why, err
}
