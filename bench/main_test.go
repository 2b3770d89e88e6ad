package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/report"
	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/stretchr/testify/require"
)

// TestMain makes the command: only a real one knows the versions of its modules, and
// can start itself to be probed.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "millrace-bench")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	command = filepath.Join(dir, "bench.exe")
	if out, err := exec.Command("go", "build", "-o", command, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	m.Run()
}

// command is the program that is tested.
var command string

func TestQuickRunOfOneWorkload(t *testing.T) {
	dir := t.TempDir()
	readme := filepath.Join(dir, "README.md")
	require.NoError(t, os.WriteFile(readme, []byte("<!-- bench:begin -->\n<!-- bench:end -->\n"), 0o600))
	samples := filepath.Join(dir, "samples.json")

	cmd := exec.Command(command, "-quick", "-only", "submit/noop/8", "-json", samples, "-out", dir, "-readme", readme)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", stderr.String())
	require.NotContains(t, stderr.String(), "\r", "a progress bar, though this is no terminal")

	printed, err := report.Parse(bytes.NewReader(stdout.Bytes()))
	require.NoError(t, err)
	require.Equal(t, version, printed.Version)
	requireEntries(t, printed, workloads(t, "submit/noop/8"))
	for _, module := range work.Modules {
		require.Regexp(t, `^v\d+\.`, printed.Origin[module], module)
	}

	for _, name := range []string{"results.svg", "results.png", "bounds.svg", "bounds.png"} {
		require.FileExists(t, filepath.Join(dir, name))
	}
	results, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	require.NoError(t, err)
	require.Equal(t, stdout.String(), string(results), "RESULTS.md and what was printed")
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.Contains(t, string(text), "Submit and await 1,000 tasks")

	again, err := exec.Command(command, "-from", samples, "-out", t.TempDir()).Output()
	require.NoError(t, err)
	require.Equal(t, stdout.String(), string(again), "what is made of the raw samples")
}

func TestAgainstAnotherLibrary(t *testing.T) {
	cmd := exec.Command(command, "-quick", "-only", "roundtrip", "-against", "..")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", stderr.String())
	for _, entry := range []string{"millrace", "millrace, cancelable"} {
		require.Regexp(t, `(?m)^\| roundtrip +\| `+entry+` +\| ns/round trip \| +[\d.,]+ \| +[\d.,]+ \|`, stdout.String())
	}

	out, err := exec.Command(command, "-quick", "-only", "roundtrip", "-against", t.TempDir()).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "go build", "why it cannot")
}

// A run by processor time has the same samples, and other ratios.
func TestByProcessorTime(t *testing.T) {
	samples := filepath.Join(t.TempDir(), "samples.json")
	byTime, err := exec.Command(command, "-quick", "-only", "roundtrip", "-json", samples).Output()
	require.NoError(t, err)
	byProcessor, err := exec.Command(command, "-from", samples, "-cpu").Output()
	require.NoError(t, err)
	a, err := report.Parse(bytes.NewReader(byTime))
	require.NoError(t, err)
	b, err := report.Parse(bytes.NewReader(byProcessor))
	require.NoError(t, err)
	require.Equal(t, "cpu ns/round trip", b.Summary()[0]["unit"])
	for _, row := range a.Workload("roundtrip") {
		same := b.Workload("roundtrip").Find("entry", row["entry"])
		require.Equal(t, row["cpu ns/round trip"], same["cpu ns/round trip"])
		require.Equal(t, row["ns/round trip"], same["ns/round trip"])
	}
	require.Len(t, b.Bounds(), len(a.Bounds()))
}

func TestEntryAndProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cpu.prof")
	out, err := exec.Command(command, "-quick", "-only", "roundtrip", "-entry", "millrace", "-cpuprofile", file).Output()
	require.NoError(t, err)
	d, err := report.Parse(bytes.NewReader(out))
	require.NoError(t, err)
	require.Len(t, d.Workload("roundtrip"), 2)
	require.FileExists(t, file)
}

func TestQuickRunWritesNothingUnasked(t *testing.T) {
	cmd := exec.Command(command, "-quick", "-only", "roundtrip")
	cmd.Dir = t.TempDir()
	require.NoError(t, cmd.Run())
	files, err := os.ReadDir(cmd.Dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func workloads(t *testing.T, only string) []measure.Workload {
	t.Helper()
	chosen, err := choose(work.All(work.Quick), only)
	require.NoError(t, err)
	return chosen
}

// requireEntries has a row for each entry, with a figure or a failure.
func requireEntries(t *testing.T, d *report.Document, ws []measure.Workload) {
	t.Helper()
	for _, w := range ws {
		rows := d.Workload(w.Name)
		require.Len(t, rows, len(w.Entries), "rows of %s", w.Name)
		column := w.Unit
		if w.Metrics != nil {
			column = w.Metrics[0].Unit
		} else {
			column = measure.Timed(column)[0].Unit
		}
		for _, e := range w.Entries {
			row := rows.Find("entry", e.Name)
			require.NotNil(t, row, "%s in %s", e.Name, w.Name)
			require.NotEmpty(t, row[column], "%s in %s", e.Name, w.Name)
			if strings.HasPrefix(e.Name, report.Own) {
				_, err := report.Number(row[column])
				require.NoError(t, err, "%s in %s", e.Name, w.Name)
			}
		}
	}
}

func TestChoose(t *testing.T) {
	all := []measure.Workload{{Name: "a/1"}, {Name: "a/10"}, {Name: "b"}}
	for only, want := range map[string][]string{"": {"a/1", "a/10", "b"}, "a": {"a/1", "a/10"}, "a/1": {"a/1"}, "b": {"b"}} {
		chosen, err := choose(all, only)
		require.NoError(t, err)
		var names []string
		for _, w := range chosen {
			names = append(names, w.Name)
		}
		require.Equal(t, want, names, "choose(%q)", only)
	}
	_, err := choose(all, "c")
	require.ErrorContains(t, err, "a/1, a/10, b")
}

func TestFlags(t *testing.T) {
	full, err := parse(nil, &bytes.Buffer{})
	require.NoError(t, err)
	require.True(t, full.keep)
	require.Equal(t, work.Full, full.scale)
	require.Equal(t, 11, full.config.Rounds)

	quick, err := parse([]string{"-quick"}, &bytes.Buffer{})
	require.NoError(t, err)
	require.False(t, quick.keep)
	require.Equal(t, work.Quick, quick.scale)
	require.Equal(t, 1, quick.config.Rounds)

	part, err := parse([]string{"-only", "nested", "-rounds", "3"}, &bytes.Buffer{})
	require.NoError(t, err)
	require.False(t, part.keep, "a part must not replace the results of all")
	require.Equal(t, 3, part.config.Rounds)
	require.Equal(t, time.Duration(0), part.config.Budget, "rounds that were asked for are made")

	for _, args := range [][]string{{"-rounds", "-1"}, {"-unknown"}, {"argument"}} {
		_, err := parse(args, &bytes.Buffer{})
		require.Error(t, err, "%v", args)
	}
}

func TestOwnFailureFailsTheRun(t *testing.T) {
	peer := measure.Result{Name: "w", Entries: []measure.Measured{{Name: "peer", Failure: measure.Deadlocks}}}
	require.NoError(t, failed([]measure.Result{peer}))
	own := measure.Result{Name: "w", Entries: []measure.Measured{{Name: "millrace", Failure: measure.Deadlocks}}}
	require.EqualError(t, failed([]measure.Result{peer, own}), "w, millrace: deadlocks")
}
