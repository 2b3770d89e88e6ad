// Command hedge shows what a second attempt does to the slowest answers.
//
//	hedge [-requests n] [-shards n] [-slow share] [-after d]
//
// Each request asks all shards, and is as slow as the slowest of their answers. A
// shard answers within 10 ms, and a small -slow share of its answers take half a
// second. It prints how long requests take without and with hedging: then a shard
// that has not answered -after a while is asked once more.
//
// The exit status is 0 if all requests were answered, 2 for a wrong usage, and 130 after
// an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/pool"
)

func main() { console.Main(run) }

// A config is what the command line asks for.
type config struct {
	requests, shards int
	slow             float64
	after            time.Duration
}

// run is the program: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c config
	flags := flag.NewFlagSet("hedge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&c.requests, "requests", 200, "make `n` requests, 20 at once")
	flags.IntVar(&c.shards, "shards", 10, "of `n` shards each")
	flags.Float64Var(&c.slow, "slow", 0.01, "the `share` of answers that are slow")
	flags.DurationVar(&c.after, "after", 20*time.Millisecond, "ask once more after `duration`")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case c.requests < 1 || c.shards < 1 || !(c.slow >= 0 && c.slow <= 1) || c.after <= 0 || flags.NArg() > 0:
		fmt.Fprintln(stderr, "hedge: want at least one request and shard, a share from 0 to 1, a duration, and no arguments")
		return console.Usage
	}
	fmt.Fprintf(stdout, "%-10s %8s %8s %8s %8s\n", "", "p50", "p90", "p99", "calls")
	for _, hedging := range []bool{false, true} {
		b := &backend{slow: c.slow}
		latencies, err := measure(ctx, c, b, hedging)
		if err != nil {
			fmt.Fprintln(stderr, "hedge:", context.Cause(ctx))
			return console.Status(ctx)
		}
		name := map[bool]string{false: "plain", true: "hedged"}[hedging]
		q := func(share float64) time.Duration {
			return latencies[int(share*float64(len(latencies)-1))].Round(time.Millisecond)
		}
		fmt.Fprintf(stdout, "%-10s %8v %8v %8v %8d\n", name, q(0.5), q(0.9), q(0.99), b.calls.Load())
	}
	return console.OK
}

// A backend is what is asked.
type backend struct {
	slow  float64
	calls atomic.Int64
}

// ask takes a few milliseconds, or half a second.
func (b *backend) ask(ctx context.Context, _ int) (int, error) {
	b.calls.Add(1)
	d := time.Duration(rand.IntN(10)) * time.Millisecond
	if rand.Float64() < b.slow {
		d = 500 * time.Millisecond
	}
	select {
	case <-time.After(d):
		return 1, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// measure makes the requests, and returns how long each took, sorted.
func measure(ctx context.Context, c config, b *backend, hedging bool) ([]time.Duration, error) {
	requests := pool.New(millrace.WithWorkers(20))
	defer requests.Close()
	calls := pool.New(millrace.WithWorkers(1 << 20))
	defer calls.Close()
	latencies, err := pool.MapSlice(ctx, requests, make([]struct{}, c.requests), func(ctx context.Context, _ struct{}) (time.Duration, error) {
		begin := time.Now()
		_, err := pool.MapSlice(ctx, calls, make([]struct{}, c.shards), func(ctx context.Context, _ struct{}) (int, error) {
			if hedging {
				return hedged(ctx, calls, c.after, b.ask)
			}
			return b.ask(ctx, 1)
		})
		return time.Since(begin), err
	})
	slices.Sort(latencies)
	return latencies, err
}
