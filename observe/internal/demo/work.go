package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// work keeps two pools busy until ctx ends.
func work(ctx context.Context, page *observe.Page) {
	requests := pool.New(millrace.WithName("requests"), millrace.WithWorkers(8), millrace.WithQueue(40),
		millrace.WithOverflow(millrace.Reject), millrace.WithMaxWeight(100), millrace.WithObserver(page))
	etl := pool.New(millrace.WithName("import"), millrace.WithWorkers(12), millrace.WithObserver(page))
	page.Add(requests)
	page.Add(etl)
	page.AddQueue(mail{time.Now()})
	go func() { _ = pipeline(etl).Drain(ctx) }()
	for ctx.Err() == nil {
		serve(ctx, requests)
		nap(ctx, time.Duration(rand.ExpFloat64()*float64(6*time.Millisecond)))
	}
	requests.Stop(ctx.Err())
	etl.Stop(ctx.Err())
}

var errUpstream = errors.New("upstream answered 503")

// serve submits a request: most are quick, a few take long, fail or panic.
func serve(ctx context.Context, p *pool.Pool) *future.Future[struct{}] {
	name, took := "render", time.Duration(20+rand.IntN(40))*time.Millisecond
	if rand.IntN(50) == 0 {
		name, took = "report", 3*time.Second
	}
	return pool.Go(ctx, p, func(ctx context.Context) error {
		nap(ctx, took)
		switch n := rand.IntN(400); {
		case n < 4:
			return errUpstream
		case n == 4:
			panic("index out of range: <b>7</b>")
		}
		return nil
	}, millrace.WithTaskName(name), millrace.WithWeight(int64(1+rand.IntN(20))))
}

// pipeline reads, parses and stores for ever. Parsing is slow.
func pipeline(p *pool.Pool) stream.Stream[string] {
	lines := stream.FromFunc(func(ctx context.Context) (int, error) {
		nap(ctx, 200*time.Microsecond)
		return rand.IntN(1000), nil
	})
	stage := func(name string) []millrace.MapOption {
		return []millrace.MapOption{millrace.WithTaskName(name), millrace.WithConcurrency(4), millrace.WithWindow(32)}
	}
	read := stream.Map(lines, p, func(ctx context.Context, n int) (string, error) {
		nap(ctx, 2*time.Millisecond)
		return fmt.Sprint(n), nil
	}, stage("read")...)
	parsed := stream.Map(read, p, func(ctx context.Context, s string) (string, error) {
		nap(ctx, 15*time.Millisecond)
		return s, nil
	}, stage("parse")...)
	return stream.Map(parsed, p, func(ctx context.Context, s string) (string, error) {
		nap(ctx, time.Millisecond)
		return s, nil
	}, stage("store")...)
}

// nap waits as long as something that is not there would take.
func nap(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
