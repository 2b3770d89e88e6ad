// Command singleflight shows how many calls a slow backend gets if callers that ask
// for the same thing at the same time share one call.
//
//	singleflight [-callers n] [-keys n]
//
// Each of n callers asks for one of the keys. The program prints how many calls were
// made, and how many callers there were.
//
// The exit status is 0 if all got their answers, 1 if not, 2 for a wrong usage, and
// 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

func main() { console.Main(run) }

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("singleflight", flag.ContinueOnError)
	flags.SetOutput(stderr)
	callers := flags.Int("callers", 1000, "`n` callers ask at once")
	keys := flags.Int("keys", 10, "for `n` different things")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case *callers < 1 || *keys < 1 || flags.NArg() > 0:
		fmt.Fprintln(stderr, "singleflight: want at least one caller and one key, and no arguments")
		return console.Usage
	}
	calls, err := ask(ctx, *callers, *keys)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(stderr, "singleflight:", context.Cause(ctx))
		return console.Status(ctx)
	case err != nil:
		fmt.Fprintln(stderr, "singleflight:", err)
		return console.Failed
	}
	fmt.Fprintf(stdout, "%s made, for %s\n", console.Count(calls, "call"), console.Count(*callers, "caller"))
	return console.OK
}

// ask lets callers ask a slow backend, and returns how many calls it got.
func ask(ctx context.Context, callers, keys int) (int, error) {
	var calls atomic.Int64
	slow := func(ctx context.Context, key int) (string, error) {
		calls.Add(1)
		select {
		case <-time.After(100 * time.Millisecond):
			return fmt.Sprintf("value %d", key), nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
	backend, clients := pool.New(millrace.WithWorkers(keys)), pool.New(millrace.WithWorkers(callers))
	defer backend.Close()
	defer clients.Close()
	flight := NewFlight(backend, slow)
	err := pool.Scope(ctx, clients, func(ctx context.Context, g *pool.Group) error {
		for i := range callers {
			pool.Go(ctx, g, func(ctx context.Context) error {
				_, err := flight.Get(ctx, i%keys)
				return err
			})
		}
		return nil
	})
	return int(calls.Load()), err
}
