package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// The database has what the plain program would have put there, whatever the
// size of a batch and the number of workers, and a second run changes nothing.
func TestImport(t *testing.T) {
	const n = 3000
	file, _ := generated(t, n)
	want := expected(t, file)
	if faults := n / faultEvery; want.refused != faults || want.accepted != n-faults {
		t.Fatalf("of %d rows %d are valid and %d are not, want %d and %d", n, want.accepted, want.refused, n-faults, faults)
	}
	says := fmt.Sprintf("%d rows: %d imported, %d rejected\n", n, want.accepted, want.refused)
	for _, args := range []string{"", "-batch 1", "-batch 7", "-batch 3000", "-batch 5000", "-workers 1", "-workers 3"} {
		t.Run(args, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "odd name? 100%.db")
			for range 2 {
				out, errs, status := imported(append(strings.Fields(args), "-db", db, file)...)
				if out != says || errs != "" || status != console.Failed {
					t.Errorf("csvimport = %q, %q, %d, want %q, %d", out, errs, status, says, console.Failed)
				}
				compare(t, db, want)
			}
		})
	}
}

// Without a row that is rejected, all is well. A file without rows has none.
func TestNothingRejected(t *testing.T) {
	for _, n := range []int{0, 1, faultEvery - 1} {
		file, db := generated(t, n)
		out, errs, status := imported("-db", db, file)
		if want := fmt.Sprintf("%s: %d imported, 0 rejected\n", console.Count(n, "row"), n); out != want || errs != "" || status != console.OK {
			t.Errorf("csvimport of %d rows = %q, %q, %d, want %q, %d", n, out, errs, status, want, console.OK)
		}
	}
}

// A row is rejected with the reason, and its number.
func TestRejected(t *testing.T) {
	const good = "ada@example.com,1.00,EUR,2026-01-02T03:04:05+01:00"
	file, db := generated(t, 0)
	require.NoError(t, os.WriteFile(file, []byte(header+"\n1,"+good+"\n"+
		"x,"+good+"\n"+
		"\n"+ // which is no row
		"2,"+good+",more\n"+
		"3,\"a\nb\"c,1.00,EUR,2026-01-02T03:04:05Z\n"+
		"1,"+good+"\n"+
		"4,"+good), 0o600))
	_, _, status := imported("-db", db, "-batch", "2", file)
	if status != console.Failed {
		t.Errorf("csvimport = %d, want %d", status, console.Failed)
	}
	compare(t, db, contents{
		orders: []string{"1|ada@example.com|100|EUR|2026-01-02T02:04:05Z", "4|ada@example.com|100|EUR|2026-01-02T02:04:05Z"},
		rejected: []string{
			`2|id "x"`,
			"3|6 fields, want 5",
			`4|extraneous or missing " in quoted-field`,
			"5|there is an order 1 already",
		},
		rows: 6, accepted: 2, refused: 4,
	})
}

// A file that has changed has rows that nobody knows to be imported or not.
func TestChangedFile(t *testing.T) {
	file, db := generated(t, 10)
	_, _, status := imported("-db", db, file)
	require.Equal(t, console.OK, status)
	before := actual(t, db)
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("11,ada@example.com,1.00,EUR,2026-01-02T03:04:05Z\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	out, errs, status := imported("-db", db, file)
	if want := "csvimport: " + file + " has changed since its import began"; !strings.HasPrefix(errs, want) || out != "" || status != console.Failed {
		t.Errorf("csvimport = %q, %q, %d, want %q, %d", out, errs, status, want, console.Failed)
	}
	compare(t, db, before)
}

// What is no file of orders, or no database, is left alone.
func TestWrongFile(t *testing.T) {
	file, db := generated(t, 10)
	for content, says := range map[string]string{
		"":             "the first line is \"\", want \"" + header + "\"",
		"id,name\n1,x": "the first line is \"id,name\"",
		"\"x":          "parse error",
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		out, errs, status := imported("-db", db, file)
		if !strings.Contains(errs, says) || out != "" || status != console.Failed {
			t.Errorf("csvimport of %q = %q, %q, %d, want %q, %d", content, out, errs, status, says, console.Failed)
		}
	}
	if _, err := os.Stat(db); !os.IsNotExist(err) {
		t.Errorf("there is a database: %v", err)
	}
	file, _ = generated(t, 10)
	require.NoError(t, os.WriteFile(db, []byte(strings.Repeat("no database", 1000)), 0o600))
	if out, errs, status := imported("-db", db, file); !strings.Contains(errs, "not a database") || out != "" || status != console.Failed {
		t.Errorf("csvimport into no database = %q, %q, %d, want %d", out, errs, status, console.Failed)
	}
}

func TestUsage(t *testing.T) {
	for args, says := range map[string]string{
		"":                  "0 files, want one",
		"a.csv b.csv":       "2 files, want one",
		"-batch 0 a.csv":    "-batch 0: want 1 or more",
		"-retries -1 a.csv": "-retries -1: want 0 or more",
		"-workers -1 a.csv": "-workers -1: want 0 or more",
		"-timeout -1s a":    "-timeout -1s: want 0 or more",
		"-generate -1":      "-generate -1: want 0 or more",
		"-generate 1 a.csv": "-generate prints a file and takes none",
		"-nonsense":         "not defined: -nonsense",
	} {
		out, errs, status := imported(strings.Fields(args)...)
		if !strings.Contains(errs, says) || !strings.Contains(errs, "usage: csvimport [flags] file.csv") || out != "" || status != console.Usage {
			t.Errorf("csvimport %s = %q, %q, %d, want %q, %d", args, out, errs, status, says, console.Usage)
		}
	}
	if out, errs, status := imported("-h"); out != "" || !strings.Contains(errs, "-batch") || status != console.OK {
		t.Errorf("csvimport -h = %q, %q, %d, want the flags, %d", out, errs, status, console.OK)
	}
}

// What -generate prints is always the same.
func TestGenerate(t *testing.T) {
	file, _ := generated(t, 1000)
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if out, errs, status := imported("-generate", "1000"); out != string(want) || errs != "" || status != console.OK {
		t.Errorf("csvimport -generate = %d bytes, %q, %d, want %d bytes", len(out), errs, status, len(want))
	}
}

// An interrupt ends -generate behind a row.
func TestInterruptOfGenerate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"-generate", "1000000"}, exampletest.Writer(func(b []byte) (int, error) { cancel(); return out.Write(b) }), &errs)
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1001 || !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
		t.Errorf("csvimport -generate printed %d lines before the interrupt, want whole ones: 1000 and the header", n)
	}
	if errs.String() != "csvimport: context canceled after 1000 rows\n" || status != console.Interrupted {
		t.Errorf("csvimport -generate = %q, %d, want %d", errs.String(), status, console.Interrupted)
	}
}

// The timeout is the whole run's.
func TestTimeout(t *testing.T) {
	file, db := generated(t, 10)
	out, errs, status := imported("-timeout", "1ns", "-db", db, file)
	if want := "csvimport: timed out; the same command goes on from there\n"; out != "" || errs != want || status != console.Timeout {
		t.Errorf("csvimport = %q, %q, %d, want %q, %d", out, errs, status, want, console.Timeout)
	}
}
