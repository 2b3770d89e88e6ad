package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// imported runs the program in this process.
func imported(args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), status
}

// generated returns a file of n rows and a place for a database.
func generated(t *testing.T, n int) (file, db string) {
	t.Helper()
	dir := t.TempDir()
	file, db = filepath.Join(dir, "orders.csv"), filepath.Join(dir, "orders.db")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, generate(t.Context(), f, n))
	require.NoError(t, f.Close())
	return file, db
}

// contents is what there is in a database: its orders and its rejected rows, each
// as a line, sorted, and how far the import has come.
type contents struct {
	orders, rejected        []string
	rows, accepted, refused int
}

// expected returns what there is to be in the database after an import of file.
// It is the plain program: one row after the other.
func expected(t *testing.T, file string) (c contents) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	_, err = r.Read()
	require.NoError(t, err)
	known := map[int64]bool{}
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		c.rows++
		var o order
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			err = syntax.Err
		} else {
			o, err = parseOrder(record)
		}
		if err == nil && known[o.id] {
			err = fmt.Errorf("there is an order %d already", o.id)
		}
		if err != nil {
			c.rejected = append(c.rejected, fmt.Sprintf("%d|%v", c.rows, err))
			c.refused++
			continue
		}
		known[o.id] = true
		c.orders = append(c.orders, fmt.Sprintf("%d|%s|%d|%s|%s", o.id, o.customer, o.cents, o.currency, o.placed.UTC().Format(time.RFC3339)))
		c.accepted++
	}
	slices.Sort(c.orders)
	slices.Sort(c.rejected)
	return c
}

// actual returns what there is in a database.
func actual(t *testing.T, db string) (c contents) {
	t.Helper()
	s, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer s.Close()
	list := func(query string) (lines []string) {
		rows, err := s.QueryContext(t.Context(), query)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var line string
			require.NoError(t, rows.Scan(&line))
			lines = append(lines, line)
		}
		require.NoError(t, rows.Err())
		slices.Sort(lines)
		return lines
	}
	c.orders = list(`SELECT concat_ws('|', id, customer, cents, currency, placed) FROM orders`)
	c.rejected = list(`SELECT concat_ws('|', row, why) FROM rejected`)
	row := s.QueryRowContext(t.Context(), `SELECT row, imported, rejected FROM progress`)
	require.NoError(t, row.Scan(&c.rows, &c.accepted, &c.refused))
	return c
}

// compare compares what there is in a database with what there is to be.
func compare(t *testing.T, db string, want contents) {
	t.Helper()
	got := actual(t, db)
	if got.rows != want.rows || got.accepted != want.accepted || got.refused != want.refused {
		t.Errorf("progress = %d rows, %d imported, %d rejected, want %d, %d, %d",
			got.rows, got.accepted, got.refused, want.rows, want.accepted, want.refused)
	}
	for _, c := range []struct {
		table     string
		got, want []string
	}{{"orders", got.orders, want.orders}, {"rejected", got.rejected, want.rejected}} {
		if slices.Equal(c.got, c.want) {
			continue
		}
		i := 0
		for i < min(len(c.got), len(c.want)) && c.got[i] == c.want[i] {
			i++
		}
		t.Errorf("%s has %d rows, want %d; the first that differs: %q, want %q",
			c.table, len(c.got), len(c.want), at(c.got, i), at(c.want, i))
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "none"
}
