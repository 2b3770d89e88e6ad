// Command temporalserver is a Temporal server in memory, for the tests of
// cluster/temporal. It prints its address and namespace, and ends when its standard
// input does, or at a signal. It is a module of its own because the server and the SDK
// that the engine uses do not build together.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/temporaltest"
)

func main() {
	// The defaults are for servers that share a database with others: a timer or a retry is
	// seen after a while, and few requests may wait at once.
	limits := dynamicconfig.StaticClient{
		dynamicconfig.TransferProcessorMaxPollRPS.Key():                         2000,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): 20000,
	}
	s := temporaltest.NewServer(temporaltest.WithBaseServerOptions(temporal.WithDynamicConfigClient(limits)))
	defer s.Stop()
	fmt.Println("temporal", s.GetFrontendHostPort(), s.GetDefaultNamespace())
	end := make(chan os.Signal, 1)
	signal.Notify(end, os.Interrupt, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the process that holds the pipe
		close(end)
	}()
	<-end
}
