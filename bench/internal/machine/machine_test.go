package machine_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/stretchr/testify/require"
)

func TestDescribeIsOfThisProcess(t *testing.T) {
	m := machine.Describe(nil)
	require.NotEmpty(t, m.Processor)
	require.Contains(t, m.System, runtime.GOOS+"/"+runtime.GOARCH)
	require.Equal(t, runtime.Version(), m.Go)
	require.Equal(t, runtime.NumCPU(), m.Cores)
	require.Equal(t, runtime.GOMAXPROCS(0), m.GOMAXPROCS)
}

func TestOfKeepsWhatWasAskedFor(t *testing.T) {
	deps := []*debug.Module{{Path: "a", Version: "v1.0.0"}, {Path: "b", Version: "v2.0.0"}, {Path: "c"}}
	got := machine.Of(deps, []string{"c", "a", "z"})
	require.Equal(t, []machine.Module{{Path: "a", Version: "v1.0.0"}, {Path: "c"}}, got)
}
