package jetstream_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

var stormFor = flag.Duration("storm", 4*time.Second, "how long TestStorm goes on; at most 2s with -short")

// stormPatience bounds what follows a storm: all that was submitted ends.
const stormPatience = 5 * time.Minute

// TestStorm submits, aborts and joins calls at random, while workers come and go and the
// connections of clients and workers are cut, stalled and frozen. In one queue leases are short
// and workers are cut off; in the other only clients are, and each call runs at most once.
func TestStorm(t *testing.T) {
	url := startServer(t).URL()
	lasts := *stormFor / 2
	if testing.Short() {
		lasts = min(lasts, time.Second)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*(lasts+stormPatience))
	defer cancel()
	t.Run("queue", func(t *testing.T) { // returns when both have ended
		for _, cfg := range []jetstream.Config{{Queue: "wild", Lease: time.Second}, {Queue: "calm", Lease: 30 * time.Second}} {
			t.Run(cfg.Queue, func(t *testing.T) {
				t.Parallel() // most of it is waiting for calls whose clients were cut off
				s := &storm{site: siteOn(t, url, cfg), cutsWorkers: cfg.Queue == "wild"}
				s.ctx = ctx
				s.run(lasts)
			})
		}
	})
	for left := engineStacks(); len(left) > 0; left = engineStacks() {
		if ctx.Err() != nil {
			t.Fatalf("goroutines are left:\n%s", strings.Join(left, "\n\n"))
		}
		time.Sleep(time.Millisecond)
	}
}

// A storm is a queue, and what is done to it.
type storm struct {
	*site
	cutsWorkers bool
	racing      context.Context // ends with the storm

	once, often, fails *cluster.Task[int, int]

	mu    sync.Mutex
	calls []*stormCall // by input
}

// A stormCall is a call and its futures.
type stormCall struct {
	most    int // starts
	begun   atomic.Int32
	futures []*future.Future[int]
	settled []*atomic.Int32
	items   []future.Result[int] // of a map
}

var errOdd = errors.New("odd")

func (s *storm) run(lasts time.Duration) {
	var end context.CancelFunc
	s.racing, end = context.WithTimeout(s.ctx, lasts)
	defer end()
	s.once = cluster.Define("once", s.work, cluster.Attempts(1))
	s.often = cluster.Define("often", s.work)
	s.fails = cluster.Define("fails", func(ctx context.Context, n int) (int, error) {
		if v, err := s.work(ctx, n); err != nil || n%2 > 0 {
			return v, errOdd
		}
		return n * n, nil
	}, cluster.Retry(time.Millisecond), cluster.Errors(errOdd))

	workers, proxies := []string{s.url, s.url}, []*proxy(nil)
	if s.cutsWorkers {
		proxies = append(proxies, startProxy(s.t, s.url))
		workers[1] = proxies[0].url()
	}
	near := s.stormy(s.url)
	clients := []*cluster.Client{cluster.NewClient(near)}
	for range 2 {
		p := startProxy(s.t, s.url)
		clients, proxies = append(clients, cluster.NewClient(s.stormy(p.url()))), append(proxies, p)
	}
	var going, serving sync.WaitGroup
	over := make(chan struct{})
	for _, url := range workers {
		serving.Go(func() { s.serve(url, over) })
	}
	for _, p := range proxies {
		going.Go(func() { s.disturb(p) })
	}
	for _, c := range clients {
		for range 4 {
			going.Go(func() { s.submit(c, clients) })
		}
	}
	going.Wait()
	s.settle(clients)
	s.when(near, idle)
	close(over)
	serving.Wait()
	s.check()
}

// stormy returns a connection that soon notices that it stands still.
func (s *storm) stormy(url string) *jetstream.Engine {
	s.t.Helper()
	quiet := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // which would print what is done to it
	return s.connect(url, []nats.Option{nats.PingInterval(200 * time.Millisecond), quiet})
}

// work is what calls do: it takes some milliseconds, or heeds its context late.
func (s *storm) work(ctx context.Context, n int) (int, error) {
	c := s.call(n)
	c.begun.Add(1)
	for steps := rand.IntN(20); steps >= 0; steps-- {
		select {
		case <-time.After(time.Duration(rand.IntN(5)) * time.Millisecond):
		case <-ctx.Done():
			if n%4 == 0 {
				continue
			}
			return 0, context.Cause(ctx)
		}
	}
	return n * n, nil
}

func (s *storm) call(n int) *stormCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[n]
}

// serve is workers that come and go, until over is closed. If workers are cut off, some
// connections of theirs end first.
func (s *storm) serve(url string, over chan struct{}) {
	e := s.stormy(url)
	for ended := false; !ended; {
		_, wait := serve(e, 1+rand.IntN(4), rand.IntN(3), s.once, s.often, s.fails)
		pause := 20*time.Millisecond + rand.N(time.Second)
		if s.racing.Err() != nil {
			pause = stormPatience
		}
		select {
		case <-over:
			ended = true
		case <-time.After(pause):
		}
		killed := s.cutsWorkers && rand.IntN(4) == 0
		if killed {
			_ = e.Close()
		}
		if err := wait(); err != nil && !s.cutsWorkers {
			s.t.Errorf("Serve = %v", err)
		}
		if killed && !ended {
			e = s.stormy(url)
		}
	}
}

// disturb does to connections what networks do.
func (s *storm) disturb(p *proxy) {
	pause := func(most time.Duration) {
		select {
		case <-s.racing.Done():
		case <-time.After(rand.N(most)):
		}
	}
	for s.racing.Err() == nil {
		pause(500 * time.Millisecond)
		switch rand.IntN(4) {
		case 0:
			p.cut()
		case 1:
			p.freeze()
			pause(2 * time.Second)
			p.cut()
		case 2:
			p.stall()
			pause(500 * time.Millisecond)
			p.cut()
		case 3:
			p.down()
			pause(2 * time.Second)
			p.up()
		}
	}
}

// submit submits calls and aborts some of them, or ends their contexts; other clients join some.
func (s *storm) submit(c *cluster.Client, clients []*cluster.Client) {
	for s.racing.Err() == nil {
		time.Sleep(rand.N(20 * time.Millisecond))
		if rand.IntN(20) == 0 {
			s.submitMap(c)
			continue
		}
		task, most := s.often, 1
		switch rand.IntN(3) {
		case 0:
			task = s.once
		case 1:
			task, most = s.fails, 3
		}
		if task == s.often && s.cutsWorkers {
			most = 3
		}
		n, call := s.newCall(most)
		ctx, cancel := context.WithCancel(s.ctx)
		var opts []cluster.CallOption
		if n%3 == 0 {
			opts = append(opts, cluster.WithID(strconv.Itoa(n)))
		}
		f := task.Submit(ctx, c, n, opts...)
		f.OnDone(func(*future.Future[int]) { cancel() })
		call.add(f)
		joins := len(opts) > 0 && rand.IntN(2) == 0
		if joins {
			call.add(task.Join(s.ctx, clients[rand.IntN(len(clients))], strconv.Itoa(n)))
		}
		if joins && s.cutsWorkers {
			continue // if the abort is Unsure, the other client notices half a minute later
		}
		after := rand.N(100 * time.Millisecond)
		switch rand.IntN(4) {
		case 0:
			time.AfterFunc(after, func() { call.futures[len(call.futures)-1].Abort(nil) })
		case 1:
			time.AfterFunc(after, cancel)
		}
	}
}

// submitMap maps some inputs in chunks, and sometimes breaks.
func (s *storm) submitMap(c *cluster.Client) {
	most := 1
	if s.cutsWorkers {
		most = 3
	}
	var calls []*stormCall
	yielded, until := 0, rand.IntN(30)
	for v, err := range s.often.Map(s.ctx, c, func(yield func(int) bool) {
		for range 20 {
			n, call := s.newCall(most)
			calls = append(calls, call)
			if !yield(n) {
				return
			}
		}
	}, cluster.WithChunk(1+rand.IntN(8))) {
		calls[yielded].items = append(calls[yielded].items, future.Result[int]{Value: v, Err: err})
		if yielded++; yielded == until {
			break
		}
	}
}

func (s *storm) newCall(most int) (n int, c *stormCall) {
	c = &stormCall{most: most}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	return len(s.calls) - 1, c
}

// add notes a future of the call. It is called by the goroutine that has made the call.
func (c *stormCall) add(f *future.Future[int]) {
	settled := new(atomic.Int32)
	f.OnDone(func(*future.Future[int]) { settled.Add(1) })
	c.futures, c.settled = append(c.futures, f), append(c.settled, settled)
}

// settle waits until each call has an outcome.
func (s *storm) settle(clients []*cluster.Client) {
	for _, c := range clients {
		if err := c.Close(s.ctx); err != nil { // after it all functions of OnDone have run
			s.t.Fatalf("Close of a client = %v: calls are out", err)
		}
	}
}

// check compares what futures say with what began.
func (s *storm) check() {
	counts := map[string]int{}
	for n, c := range s.calls {
		began := int(c.begun.Load())
		if began > c.most {
			s.t.Errorf("call %d began %d times, want %d at most", n, began, c.most)
		}
		for i, f := range c.futures {
			if times := c.settled[i].Load(); times != 1 {
				s.t.Errorf("call %d: OnDone was called %d times", n, times)
			}
			res, _ := f.Poll()
			counts[s.checkOne(n, began, f.State(), res)]++
		}
		for _, res := range c.items {
			state := future.Succeeded
			switch {
			case errors.Is(res.Err, future.ErrCancelled):
				state = future.Cancelled
			case res.Err != nil:
				state = future.Failed
			}
			counts["item "+s.checkOne(n, began, state, res)]++
		}
	}
	s.t.Logf("%d calls: %v", len(s.calls), counts)
}

// checkOne checks an outcome, and returns which kind it is of.
func (s *storm) checkOne(n, began int, state future.State, res future.Result[int]) (kind string) {
	kind = state.String()
	for name, is := range map[string]error{
		"odd": errOdd, "unsure": cluster.ErrUnsure, "lost": cluster.ErrLost, "aborted": cluster.ErrAborted, "no call": cluster.ErrNoCall,
	} {
		if state == future.Failed && errors.Is(res.Err, is) {
			kind = name
		}
	}
	switch {
	case state == future.Cancelled && began > 0:
		s.t.Errorf("call %d is Cancelled and began %d times: %v", n, began, res.Err)
	case state == future.Succeeded && (began == 0 || res.Value != n*n):
		s.t.Errorf("call %d has succeeded with %d, and began %d times", n, res.Value, began)
	case kind == future.Failed.String():
		s.t.Errorf("call %d failed: %v", n, res.Err)
	}
	return kind
}

// engineStacks returns the stacks of the goroutines of engines, clients and workers.
func engineStacks() (stacks []string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(stack, "millrace-go/millrace/cluster") && !strings.Contains(stack, "/embedded.") && !strings.Contains(stack, "testing.") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
