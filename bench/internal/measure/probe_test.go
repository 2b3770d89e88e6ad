package measure_test

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/stretchr/testify/require"
)

// probed are workloads in which all goes wrong that can.
func probed() []measure.Workload {
	entry := func(name string, work func()) measure.Entry {
		return measure.Entry{Name: name, Open: func() measure.Bench { return measure.Bench{Units: 1, Work: work} }}
	}
	return []measure.Workload{
		{Name: "waits", Entries: []measure.Entry{
			entry("fine", func() {}),
			entry("all asleep", func() { select {} }),
			entry("some asleep", func() {
				go func() {
					for {
						time.Sleep(time.Hour)
					}
				}()
				select {}
			}),
			entry("wrong", func() { panic("bench: got 1, want 2") }),
			entry("at work", func() {
				for i := 0; ; i++ {
					runtime.KeepAlive(i)
				}
			}),
		}},
		{Name: "cancels", Hangs: "-", Entries: []measure.Entry{entry("all asleep", func() { select {} })}},
	}
}

// TestMain lets this binary be the commands that Probe and Start start.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		if measure.Serve(probed(), os.Stdin, os.Stdout) != nil {
			os.Exit(2)
		}
		return
	}
	if len(os.Args) == 4 && os.Args[1] == "probe" {
		if !measure.Once(probed(), os.Args[2], os.Args[3]) {
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

func TestProbeFindsOutWhatHangs(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	var mu sync.Mutex
	steps := map[measure.Step]int{}
	limit := func(entry string) time.Duration {
		if entry == "fine" || entry == "wrong" { // they end, however slow the machine is
			return 5 * time.Minute
		}
		return 20 * time.Second
	}
	got := measure.Probe(probed(), []string{self, "probe"}, limit, func(s measure.Step) {
		mu.Lock()
		defer mu.Unlock()
		steps[s]++
	})
	require.Equal(t, map[string]map[string]string{
		"waits": {
			"all asleep":  "deadlocks",
			"some asleep": "deadlocks",
			"wrong":       "fails: panic: bench: got 1, want 2",
			"at work":     "no end in 20s",
		},
		"cancels": {"all asleep": "-"},
	}, got)
	require.Len(t, steps, 6, "entries that progress was told of")
}

func TestOnceKnowsItsEntries(t *testing.T) {
	require.True(t, measure.Once(probed(), "waits", "fine"))
	require.False(t, measure.Once(probed(), "waits", "missing"))
	require.False(t, measure.Once(probed(), "missing", "fine"))
}
