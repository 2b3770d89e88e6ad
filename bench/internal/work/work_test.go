package work_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/stretchr/testify/require"
)

// TestMain lets this binary be the command that a probe starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "probe" {
		if !measure.Once(work.All(work.Quick), os.Args[2], os.Args[3]) {
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

// hangs has the workloads that some peers cannot do, with the failure in the table.
var hangs = map[string]string{
	"nested/fib": "deadlocks", "nested/fib@1": "deadlocks", "cancel": "-",
	"nested/quicksort": "deadlocks", "nested/quicksort/fine": "deadlocks", "nested/quicksort/fine@1": "deadlocks",
}

// Every entry checks its own outcome against that of the workload, and panics if it
// differs. If all end well, all entries agree.
func TestEntriesAgree(t *testing.T) {
	all := work.All(work.Quick)
	failures := probeHanging(t, all)
	for _, w := range all {
		t.Run(w.Name, func(t *testing.T) {
			r := measure.Run(w, failures[w.Name], measure.Config{Rounds: 1, Limit: 10 * time.Minute})
			for _, m := range r.Entries {
				if m.Failure != "" {
					requireExcused(t, w, m)
					continue
				}
				require.Len(t, m.Samples, 1, m.Name)
				requireFinite(t, r, m)
			}
		})
	}
}

// probeHanging probes the workloads that may hang, where they can be killed. What may not
// hang is given more time before that is said of it: the machine may be slow.
func probeHanging(t *testing.T, all []measure.Workload) map[string]map[string]string {
	var may []measure.Workload
	for _, w := range all {
		if hangs[w.Name] != "" {
			may = append(may, w)
		}
	}
	self, err := os.Executable()
	require.NoError(t, err)
	failures := measure.Probe(may, []string{self, "probe"}, func(string) time.Duration { return 4 * time.Second }, nil)
	for i, w := range may {
		may[i].Entries = slices.DeleteFunc(slices.Clone(w.Entries), func(e measure.Entry) bool {
			failure := failures[w.Name][e.Name]
			return failure == "" || failure == hangs[w.Name] && mayHang(e.Name)
		})
	}
	again := measure.Probe(may, []string{self, "probe"}, func(string) time.Duration { return 5 * time.Minute }, nil)
	for _, w := range may {
		for _, e := range w.Entries {
			delete(failures[w.Name], e.Name)
			if failure := again[w.Name][e.Name]; failure != "" {
				failures[w.Name][e.Name] = failure
			}
		}
	}
	return failures
}

// mayHang reports whether an entry may hang in the workloads that are made to show it:
// other libraries may, but not millrace and plain goroutines.
func mayHang(entry string) bool {
	return !strings.Contains(entry, work.Millrace) && entry != "go + channel"
}

// requireExcused allows only those to hang that may.
func requireExcused(t *testing.T, w measure.Workload, m measure.Measured) {
	t.Helper()
	require.Equal(t, hangs[w.Name], m.Failure, "failure of %s", m.Name)
	require.True(t, mayHang(m.Name), m.Name)
}

func requireFinite(t *testing.T, r measure.Result, m measure.Measured) {
	t.Helper()
	require.Len(t, m.Samples[0], len(r.Metrics), m.Name)
	for i, v := range m.Samples[0] {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s, %s: %v", m.Name, r.Metrics[i].Name, v)
		if strings.HasPrefix(r.Metrics[i].Unit, "ns") || strings.HasPrefix(r.Metrics[i].Unit, "µs") {
			require.Positive(t, v, "%s, %s", m.Name, r.Metrics[i].Name)
		}
	}
}

func TestEveryWorkloadCompares(t *testing.T) {
	names := map[string]bool{}
	for _, w := range work.All(work.Full) {
		require.False(t, names[w.Name], "two workloads are called %s", w.Name)
		names[w.Name] = true
		require.NotEmpty(t, w.Title, w.Name)
		require.Equal(t, work.Millrace, w.Entries[0].Name, w.Name)
		peers := 0
		entries := map[string]bool{}
		for _, e := range w.Entries {
			require.False(t, entries[e.Name], "%s has two entries called %s", w.Name, e.Name)
			entries[e.Name] = true
			if !e.Reference && !strings.HasPrefix(e.Name, work.Millrace) {
				peers++
			}
		}
		require.Positive(t, peers, "peers in %s", w.Name)
	}
}

// Bounds are judged at GOMAXPROCS 1 as well, on copies of the workloads.
func TestBoundedWorkloadsRunOnOneProcessor(t *testing.T) {
	all := work.All(work.Quick)
	named := map[string]measure.Workload{}
	for _, w := range all {
		named[w.Name] = w
	}
	ones := 0
	for _, w := range all {
		if name, ok := strings.CutSuffix(w.Name, "@1"); ok {
			ones++
			require.Equal(t, 1, w.Procs, w.Name)
			require.Zero(t, named[name].Procs, name)
			require.Len(t, w.Entries, len(named[name].Entries), w.Name)
		}
	}
	require.Greater(t, ones, 8)
}

// A context that can end, and peers that return results, are part of everything
// that submits.
func TestSubmitsCompareLikeWithLike(t *testing.T) {
	for _, w := range work.All(work.Full) {
		family, _, _ := strings.Cut(w.Name, "/")
		if family != "submit" && family != "producers" && family != "roundtrip" {
			continue
		}
		kinds := map[measure.Kind]int{}
		var names []string
		for _, e := range w.Entries {
			kinds[e.Kind]++
			names = append(names, e.Name)
		}
		require.Subset(t, names, []string{work.Cancelable, "gopool + channel", "pond Go + channel"}, w.Name)
		require.Greater(t, kinds[measure.Results], 3, w.Name)
		require.Greater(t, kinds[measure.Bare], 3, w.Name)
	}
}

func TestPeersTakePart(t *testing.T) {
	entries := map[string]int{}
	for _, w := range work.All(work.Full) {
		for _, e := range w.Entries {
			entries[e.Name]++
		}
	}
	for _, peer := range []string{
		"go + channel", "go + WaitGroup", "errgroup", "semaphore + go",
		"conc pool", "conc ResultPool", "conc stream", "conc iter",
		"pond Go", "pond Submit", "pond ResultPool",
		"ants", "workerpool", "gopool", "gopool + channel", "pond Go + channel", "lo/parallel", "ro", "rill",
		"channels", "channels, buffered", work.HandCut, work.Sequential,
	} {
		require.Positive(t, entries[peer], "workloads with %s", peer)
	}
}

// A bound on a workload or an entry that does not exist would never be judged.
func TestBoundsAreAboutWhatThereIs(t *testing.T) {
	results := map[string]measure.Result{}
	for _, w := range work.All(work.Quick) {
		none := map[string]string{}
		for _, e := range w.Entries {
			none[e.Name] = "not measured here"
		}
		results[w.Name] = measure.Run(w, none, measure.Config{Rounds: 1})
	}
	for _, b := range work.Bounds {
		r, ok := results[b.Workload]
		require.True(t, ok, "workload %s", b.Workload)
		require.NotNil(t, r.Entry(b.Entry), "entry %s of %s", b.Entry, b.Workload)
		require.GreaterOrEqual(t, r.Metric(b.Metric), 0, "metric %s of %s", b.Metric, b.Workload)
		require.Positive(t, b.Limit, fmt.Sprint(b))
		if b.Against != "" && !b.IsBest() {
			require.NotNil(t, r.Entry(b.Against), "entry %s of %s", b.Against, b.Workload)
		}
	}
}
