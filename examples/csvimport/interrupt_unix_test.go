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
	file, db := generated(t, rows)
	want := expected(t, file)
	store, err := openStore(t.Context(), db)
	require.NoError(t, err)
	defer store.Close()

	args := []string{"-batch", "100", "-db", db, file}
	ended := 0
	for i, until := range []int{10_000, 30_000, 50_000, 70_000} {
		p := exampletest.Start(t, args...)
		reaches(t, store, until)
		if i%2 == 0 {
			p.Kill()
		} else {
			p.Interrupt()
		}
		out, errs, state := p.End(t)
		errs = strings.Replace(errs, exampletest.Noticed, "", 1)
		at := reaches(t, store, until)
		if at == rows {
			t.Logf("the process was through before it could be ended")
			break
		}
		ended++
		status, says := -1, ""
		if i%2 == 1 {
			status, says = console.Interrupted, fmt.Sprintf("csvimport: interrupt signal received after %d rows; the same command goes on from there\n", at)
		}
		if state.ExitCode() != status || errs != says || out != "" {
			t.Errorf("the process ended with %v, %q, %q, want status %d, %q", state, out, errs, status, says)
		}
	}
	if ended == 0 {
		t.Error("no process was ended early")
	}
	out, errs, _ := imported(args...)
	if says := fmt.Sprintf("%d rows: %d imported, %d rejected\n", rows, want.accepted, want.refused); out != says || errs != "" {
		t.Errorf("csvimport = %q, %q, want %q", out, errs, says)
	}
	compare(t, db, want)
}

// reaches returns when an import has come as far as that many rows, and how far
// that is.
func reaches(t *testing.T, s *store, until int) (row int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for row < until {
		require.NoError(t, ctx.Err(), "the import has come as far as row %d", row)
		_ = s.QueryRowContext(ctx, `SELECT row FROM progress`).Scan(&row) // there may be none yet
		time.Sleep(time.Millisecond)
	}
	return row
}
