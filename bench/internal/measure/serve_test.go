package measure_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/stretchr/testify/require"
)

func TestServerTakesSamplesInAnotherProcess(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	s, err := measure.Start(self, "serve")
	require.NoError(t, err)
	for range 2 {
		sample, err := s.Sample("waits", "fine", time.Millisecond)
		require.NoError(t, err)
		require.Len(t, sample, len(measure.Timed("task")))
		require.Positive(t, sample[measure.Time])
	}
	require.NoError(t, s.Close())
}

func TestServeEndsWithAnError(t *testing.T) {
	for name, in := range map[string]string{
		"no such entry": `{"Workload":"waits","Entry":"missing"}`,
		"no request":    "nonsense",
	} {
		var out bytes.Buffer
		require.Error(t, measure.Serve(probed(), strings.NewReader(in), &out), name)
		require.Empty(t, out.String(), name)
	}
	require.NoError(t, measure.Serve(probed(), strings.NewReader(""), &bytes.Buffer{}), "nothing asked for")
}
