//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// A process that is interrupted, or killed, has lost nothing: the next one goes
// on where it was.
func TestInterruptAndKill(t *testing.T) {
	const n = 10_000
	file, db := generated(t, n)
	want := expected(t, file)
	store, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer store.Close()

	args := []string{"-batch", "100", "-db", db, file}
	for i, until := range []int{1_000, 3_000, 5_000, 7_000} {
		release := hold(t, store, until)
		p := exampletest.Start(t, args...)
		reaches(t, store, until)
		status, says := -1, ""
		if i%2 == 0 {
			p.Kill()
		} else {
			p.Interrupt()
			status, says = console.Interrupted, fmt.Sprintf("csvimport: interrupt signal received after %d rows; the same command goes on from there\n", until)
		}
		out, errs, state := p.End(t)
		errs = strings.Replace(errs, exampletest.Noticed, "", 1)
		if state.ExitCode() != status || errs != says || out != "" {
			t.Errorf("the process ended with %v, %q, %q, want status %d, %q", state, out, errs, status, says)
		}
		release()
	}
	out, errs, _ := imported(args...)
	if says := fmt.Sprintf("%d rows: %d imported, %d rejected\n", n, want.accepted, want.refused); out != says || errs != "" {
		t.Errorf("csvimport = %q, %q, want %q", out, errs, says)
	}
	compare(t, db, want)
}

// hold lets no import come further than that many rows, until release: the transaction that
// would has no end.
func hold(t *testing.T, s *store, rows int) (release func()) {
	t.Helper()
	exec := func(query string) {
		_, err := s.ExecContext(t.Context(), query)
		require.NoError(t, err)
	}
	exec(`CREATE VIEW forever AS WITH RECURSIVE f(x) AS (VALUES (0) UNION ALL SELECT 1 - x FROM f) SELECT x FROM f`)
	exec(fmt.Sprintf(`CREATE TRIGGER hold BEFORE UPDATE ON progress WHEN NEW.row > %d BEGIN SELECT count(*) FROM forever; END`, rows))
	return func() { exec(`DROP TRIGGER hold; DROP VIEW forever`) }
}

// reaches returns when an import has come as far as that many rows.
func reaches(t *testing.T, s *store, until int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for row := 0; row < until; time.Sleep(time.Millisecond) {
		require.NoError(t, ctx.Err(), "the import has come as far as row %d, want %d", row, until)
		_ = s.QueryRowContext(ctx, `SELECT row FROM progress`).Scan(&row) // there may be none yet
	}
}
