package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page says that an import waits for its database, if that is locked.
func TestPage(t *testing.T) {
	file, db := generated(t, 20_000)
	locker, err := sql.Open("sqlite", db+"?_txlock=exclusive")
	require.NoError(t, err)
	defer locker.Close()
	locked := make(chan *sql.Tx, 1)
	errs := &exampletest.Looker{When: "/debug/millrace"} // the import has not begun
	errs.At = func() {
		tx, err := locker.BeginTx(context.Background(), nil)
		assert.NoError(t, err)
		locked <- tx
	}
	var out bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(context.Background(), []string{"-page", "localhost:0", "-retries", "1000", "-db", db, file}, &out, errs)
	}()
	tx := <-locked
	var page struct {
		Pipelines []struct {
			Pool       string
			Stages     []struct{ Name string }
			Bottleneck struct{ Kind string }
		}
	}
	for len(page.Pipelines) == 0 || page.Pipelines[0].Bottleneck.Kind != "sink" { // until the window is full
		require.NoError(t, json.Unmarshal([]byte(errs.Page(t, "?format=json")), &page))
	}
	if p := page.Pipelines[0]; p.Pool != "csvimport" || len(p.Stages) != 1 || p.Stages[0].Name != "check" {
		t.Errorf("the page has the pipeline %+v, want that of csvimport with one stage", p)
	}
	require.NoError(t, tx.Rollback())
	if status := <-ended; status != console.Failed { // rows are there to be rejected
		t.Errorf("csvimport = %q, %q, %d, want %d", out.String(), errs, status, console.Failed)
	}
	compare(t, db, expected(t, file))
}
