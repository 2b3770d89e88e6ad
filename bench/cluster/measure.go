//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// figures are what was measured of a system. What was not is zero.
type figures struct {
	System, Notes string
	Err           error // why the rest is not there

	CallsPerSecond float64       // of a map, the median of the rounds
	CPU            time.Duration // of all processes, for each of its calls
	ItemsPerSecond float64       // the same of items in chunks of 100
	ItemCPU        time.Duration
	P50, P99       time.Duration // of calls one after the other
	AbortRunning   time.Duration // from the request until the submitter knows, the median
	AbortQueued    time.Duration
	Rerun          time.Duration // from the kill of a worker until its call runs again
	NoRerun        bool          // that takes longer than is waited for
	IdleAlone      float64       // share of a core of the server, before there are workers and calls
	IdleServer     float64       // the same, with the workers
	IdleWorker     float64       // of one
	First          time.Duration // from nothing to a first result, in one process
}

// A bench is a system with its processes.
type bench struct {
	*system
	options
	figures
	server  *process
	workers []*process
	address string
	client  client
	next    int // number of the next call that takes time
}

func measure(ctx context.Context, s *system, o options) figures {
	b := &bench{system: s, options: o, figures: figures{System: s.name, Notes: s.notes}}
	b.Err = b.run(ctx)
	for _, w := range b.workers {
		w.end()
	}
	if b.client != nil {
		b.client.close()
	}
	if b.server != nil {
		b.server.end()
	}
	return b.figures
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.server, b.address, err = b.start(ctx); err != nil {
		return err
	}
	if b.client, err = b.connect(ctx, b.address); err != nil {
		return err
	}
	if err := b.idleAlone(ctx); err != nil {
		return err
	}
	for range workers {
		if err := b.startWorker(ctx); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{b.throughput, b.chunks, b.latency, b.aborts, b.idles, b.fromNothing, b.killed} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) startWorker(ctx context.Context) error {
	cmd, err := itself(roleWorker, b.name, b.address)
	if err != nil {
		return err
	}
	w, err := startProcess(cmd, nil)
	if err != nil {
		return err
	}
	b.workers = append(b.workers, w)
	_, err = w.line(ctx)
	return err
}

// spent is the processor time of all processes, this one included: it is above the others.
func (b *bench) spent() time.Duration { return processorTime(os.Getpid()) }

// timed runs n calls or items, and returns how many a second, and the cost of each.
func (b *bench) timed(n int, fn func() (int, error)) (perSecond float64, cost time.Duration, err error) {
	began, before := time.Now(), b.spent()
	sum, err := fn()
	took, cpu := time.Since(began), b.spent()-before
	if want := (n - 1) * n * (2*n - 1) / 6; err == nil && sum != want {
		err = fmt.Errorf("the sum of %d calls is %d, want %d", n, sum, want)
	}
	return float64(n) / took.Seconds(), cpu / time.Duration(n), err
}

func (b *bench) throughput(ctx context.Context) (err error) {
	var rates []float64
	var costs []time.Duration
	for range b.rounds {
		rate, cost, err := b.timed(b.sizes.calls, func() (int, error) { return b.client.calls(ctx, b.sizes.calls) })
		if err != nil {
			return fmt.Errorf("throughput: %w", err)
		}
		rates, costs = append(rates, rate), append(costs, cost)
	}
	b.CallsPerSecond, b.CPU = median(rates), median(costs)
	b.next = b.sizes.calls
	return nil
}

func (b *bench) chunks(ctx context.Context) (err error) {
	c, ok := b.client.(chunked)
	if !ok {
		return nil
	}
	n := b.sizes.items
	b.ItemsPerSecond, b.ItemCPU, err = b.timed(n, func() (int, error) { return c.items(ctx, n, 100) })
	return err
}

func (b *bench) begin(ctx context.Context, d time.Duration) (handle, error) {
	b.next++
	return b.client.begin(ctx, job{N: b.next, For: d})
}

func (b *bench) latency(ctx context.Context) error {
	var took []time.Duration
	for range b.sequential {
		began := time.Now()
		h, err := b.begin(ctx, 0)
		if err != nil {
			return err
		}
		if _, err := h.wait(ctx); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.P50, b.P99 = took[len(took)/2], took[len(took)*99/100]
	return nil
}

// long is how long calls take that are aborted or killed, and do not end by themselves.
const long = 10 * time.Minute

// begun waits until a worker has begun the last call, and returns which.
func (b *bench) begun(ctx context.Context) (*process, error) {
	want := strconv.Itoa(b.next)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type said struct {
		w   *process
		err error
	}
	ch := make(chan said, len(b.workers))
	for _, w := range b.workers {
		go func() {
			for {
				line, err := w.line(ctx)
				if err != nil || line == want {
					ch <- said{w, err}
					return
				}
			}
		}()
	}
	var begun *process
	var err error
	for range b.workers { // all of them: one that still reads would take what the next call is told by
		s := <-ch
		switch {
		case s.err == nil:
			begun = s.w
			cancel()
		case begun == nil:
			err = s.err
		}
	}
	if begun != nil {
		return begun, nil
	}
	return nil, err
}

func (b *bench) aborts(ctx context.Context) error {
	running, err := b.abortSome(ctx, true)
	if err != nil {
		return fmt.Errorf("abort of a call that runs: %w", err)
	}
	var busy []handle
	for range workers * slots * 3 { // beyond the slots, and what workers fetch ahead
		h, err := b.begin(ctx, long)
		if err != nil {
			return err
		}
		busy = append(busy, h)
	}
	time.Sleep(time.Second)
	queued, err := b.abortSome(ctx, false)
	if err != nil {
		return fmt.Errorf("abort of a queued call: %w", err)
	}
	slices.Reverse(busy) // those that are queued first, so that none begins
	for _, h := range busy {
		if _, err := abort(ctx, h); err != nil {
			return err
		}
	}
	b.AbortRunning, b.AbortQueued = median(running), median(queued)
	time.Sleep(time.Second) // for what comes after the aborts
	if c, ok := b.client.(tidier); ok {
		return c.tidy()
	}
	return nil
}

func (b *bench) abortSome(ctx context.Context, run bool) (took []time.Duration, err error) {
	for range b.sizes.aborts {
		h, err := b.begin(ctx, long)
		if err != nil {
			return nil, err
		}
		if run {
			if _, err := b.begun(ctx); err != nil {
				return nil, err
			}
		}
		d, err := abort(ctx, h)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// abort aborts a call, and returns how long it took until that was known here. It asks again after
// a second: a request that comes while the call is on its way to a worker may be heard by nobody.
func abort(ctx context.Context, h handle) (time.Duration, error) {
	for began := time.Now(); ; {
		if err := h.abort(ctx); err != nil {
			return 0, err
		}
		waiting, cancel := context.WithTimeout(ctx, time.Second)
		_, err := h.wait(waiting)
		cancel()
		switch {
		case errors.Is(err, errAborted):
			return time.Since(began), nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return 0, fmt.Errorf("it ends with %w", err)
		}
	}
}

// idleAlone measures what the server uses by itself: a client has made the queue, and nothing else
// is there.
func (b *bench) idleAlone(ctx context.Context) error {
	time.Sleep(time.Second) // for what comes after the start
	used, err := b.idling(ctx, b.server)
	b.IdleAlone = used[0]
	return err
}

// idles measures what processes use that have nothing to do.
func (b *bench) idles(ctx context.Context) error {
	used, err := b.idling(ctx, b.server, b.workers[0])
	b.IdleServer, b.IdleWorker = used[0], used[1]
	return err
}

// idling waits, and returns which share of a core each process used meanwhile.
func (b *bench) idling(ctx context.Context, processes ...*process) ([]float64, error) {
	span := time.Duration(b.idle) * time.Second
	before := make([]time.Duration, len(processes))
	for i, p := range processes {
		before[i] = processorTime(p.cmd.Process.Pid)
	}
	used := make([]float64, len(processes))
	select {
	case <-time.After(span):
	case <-ctx.Done():
		return used, context.Cause(ctx)
	}
	for i, p := range processes {
		used[i] = (processorTime(p.cmd.Process.Pid) - before[i]).Seconds() / span.Seconds()
	}
	return used, nil
}

func (b *bench) fromNothing(ctx context.Context) error {
	if b.name != "jetstream" {
		return nil
	}
	var took []time.Duration
	for range b.sizes.aborts {
		d, err := first(ctx)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	b.First = median(took)
	return nil
}

// killed kills the worker that runs a call, and waits until another one begins it.
func (b *bench) killed(ctx context.Context) error {
	if !b.kill {
		return nil
	}
	if b.rerun == 0 {
		b.NoRerun = true
		return nil
	}
	h, err := b.begin(ctx, long)
	if err != nil {
		return err
	}
	w, err := b.begun(ctx)
	if err != nil {
		return err
	}
	w.kill()
	began := time.Now()
	b.workers = slices.DeleteFunc(b.workers, func(o *process) bool { return o == w })
	waiting, cancel := context.WithTimeout(ctx, b.rerun)
	defer cancel()
	if _, err := b.begun(waiting); err != nil {
		b.NoRerun = true
		return nil
	}
	b.Rerun = time.Since(began)
	_, err = abort(ctx, h)
	return err
}

func median[T float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
