package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// While it runs, the page shows its three stages, from the source to the sink.
func TestPage(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO\n"})
	args := []string{"-page", "localhost:0", filepath.Join(root, "missing")}
	for range 3_000 { // more than the windows of all stages together
		args = append(args, filepath.Join(root, "a"))
	}
	var body, text string
	errs := &exampletest.Looker{When: "loggrep: stat"} // it says so amid the run, which goes on when the page has been read
	errs.At = func() {
		body, text = errs.Page(t, "?format=json"), errs.Page(t, "?once=1")
	}
	var out bytes.Buffer
	if status := run(context.Background(), args, &out, errs); status != console.Failed || out.String() != "3000  info\n" {
		t.Errorf("loggrep -page = %q, %q, %d, want all but the missing file counted", out.String(), errs, status)
	}
	var page struct {
		Pools     []struct{ Name string }
		Pipelines []struct {
			Pool       string
			Stages     []struct{ Name string }
			Bottleneck struct{ Kind, Reason string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &page))
	require.Len(t, page.Pipelines, 1)
	var names []string
	for _, s := range page.Pipelines[0].Stages {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"read", "parse", "count"}, names)
	require.Equal(t, "loggrep", page.Pipelines[0].Pool)
	require.NotEmpty(t, page.Pipelines[0].Bottleneck.Reason)
	require.Contains(t, text, "<h3>loggrep")
}

// A page that cannot be is an error.
func TestNoPage(t *testing.T) {
	out, errs, status := counted("-page", "nonsense", t.TempDir())
	if out != "" || !strings.Contains(errs, "missing port") || status != console.Failed {
		t.Errorf("loggrep -page nonsense = %q, %q, %d, want %d", out, errs, status, console.Failed)
	}
}
