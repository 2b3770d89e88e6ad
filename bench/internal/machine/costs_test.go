package machine_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/stretchr/testify/require"
)

func TestMeasureSaysWhatThingsCost(t *testing.T) {
	names := map[string]bool{}
	for _, c := range machine.Measure(time.Millisecond) {
		require.Positive(t, c.Value, c.Name)
		require.Contains(t, []string{"ns", "times"}, c.Unit, c.Name)
		require.False(t, names[c.Name], "%s twice", c.Name)
		names[c.Name] = true
	}
	for _, name := range []string{"mutex, lock and unlock", "atomic add", "clock read"} {
		require.True(t, names[name], name)
	}
}

func TestSlugIsOfTheKindOfProcessor(t *testing.T) {
	for processor, want := range map[string]string{
		"Intel(R) Xeon(R) Processor":               "intel-xeon-processor",
		"AMD EPYC 7B13":                            "amd-epyc-7b13",
		"Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz": "intel-core-i7-8700k-cpu-3-70ghz",
		"  Apple M2 ":                              "apple-m2",
		"":                                         "unknown",
		"12th Gen Intel(R) Core(TM) i9-12900K/2..3": "12th-gen-intel-core-i9-12900k-2-3",
	} {
		require.Equal(t, want, machine.Machine{Processor: processor}.Slug(), processor)
	}
}
