package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The largest numbers neither hang nor take their memory up front.
func TestLargestNumbers(t *testing.T) {
	task := cluster.Define("double", double, cluster.Attempts(math.MaxInt), cluster.Retry(math.MaxInt64), cluster.Timeout(math.MaxInt64))
	_, e := site(t, task)
	c := cluster.NewClient(e, cluster.WithMaxCalls(math.MaxInt))
	for name, opts := range map[string][]millrace.MapOption{
		"window":            {millrace.WithWindow(math.MaxInt)},
		"chunk":             {cluster.WithChunk(math.MaxInt)},
		"chunk of a window": {cluster.WithChunk(1 << 57)},
		"concurrency":       {millrace.WithConcurrency(math.MaxInt)},
		"timeout":           {millrace.WithTimeout(math.MaxInt64)},
		"all":               {millrace.WithWindow(math.MaxInt), cluster.WithChunk(math.MaxInt), millrace.WithConcurrency(math.MaxInt), millrace.Unordered()},
	} {
		sum := 0
		for v, err := range task.Map(t.Context(), c, slices.Values([]int{1, 2, 3}), opts...) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			sum += v
		}
		if sum != 12 {
			t.Errorf("%s: sum %d, want 12", name, sum)
		}
	}
	if v, err := task.Submit(t.Context(), c, 4).Await(t.Context()); v != 8 || err != nil {
		t.Errorf("Submit = %v, %v", v, err)
	}
}

// The longest delay is not less than one that is shorter.
func TestLongestBackoff(t *testing.T) {
	for backoff, want := range map[time.Duration]time.Duration{
		time.Second:       4 * time.Second,
		math.MaxInt64 / 4: math.MaxInt64 / 4 * 4,
		math.MaxInt64:     math.MaxInt64 / 4 * 4,
	} {
		var backs []time.Duration
		play := &retries{after: &backs, attempt: 3}
		task := cluster.Define("fail", func(context.Context, int) (int, error) { return 0, errors.New("no") },
			cluster.Retry(backoff), cluster.Attempts(9))
		cluster.Declare[int, int]("fail", cluster.Retry(backoff), cluster.Attempts(9)).Submit(t.Context(), cluster.NewClient(play), 1)
		p := pool.New(millrace.WithQueue(1))
		if err := cluster.Serve(t.Context(), play, p, task); err != nil {
			t.Fatal(err)
		}
		if len(backs) != 1 || backs[0] != want {
			t.Errorf("with a backoff of %v the third failure is tried again after %v, want %v", backoff, backs, want)
		}
	}
}

// retries is an engine of one call, which is at some attempt and is given back.
type retries struct {
	answers
	call    cluster.Call
	after   *[]time.Duration
	attempt int
}

func (e *retries) Start(_ context.Context, c cluster.Call, _ func(cluster.Outcome)) error {
	e.call = c
	return nil
}

func (e *retries) Serve(_ context.Context, _ cluster.Worker, accept func(cluster.Lease)) error {
	accept(&retriedLease{scriptLease{new(script), e.call}, e})
	return nil
}

type retriedLease struct {
	scriptLease
	e *retries
}

func (l *retriedLease) Attempt() int                 { return l.e.attempt }
func (l *retriedLease) GiveBack(after time.Duration) { *l.e.after = append(*l.e.after, after) }

// A header that is too long is refused where it is sent, not where nobody hears of it.
func TestLongHeader(t *testing.T) {
	_, e := site(t, Square)
	c := cluster.NewClient(cluster.Propagate(e, long{}))
	f := Square.Submit(t.Context(), c, 1)
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrTooLarge) || f.State() != future.Cancelled {
		t.Errorf("Await = %v in state %v, want Cancelled with ErrTooLarge", err, f.State())
	}
}

type long struct{ carrier }

func (long) Inject(_ context.Context, header map[string]string) {
	header["long"] = strings.Repeat("x", 300<<10)
}

// Every sentinel of packages future and pool, and the common ones, are found by errors.Is
// behind a call that fails with them.
func TestSentinels(t *testing.T) {
	all := []error{
		future.ErrCancelled, future.ErrNotDone, future.ErrGoexit, future.ErrDeadlock, future.ErrEmpty, future.ErrTaskEnded,
		pool.ErrClosed, pool.ErrStopped, pool.ErrQueueFull, pool.ErrTooHeavy, pool.ErrBroken, pool.ErrMaxWait,
		context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, errors.ErrUnsupported,
		io.EOF, io.ErrShortWrite, io.ErrClosedPipe, os.ErrDeadlineExceeded, os.ErrClosed, strconv.ErrSyntax, strconv.ErrRange,
		cluster.ErrAborted, cluster.ErrLost, cluster.ErrClosed, cluster.ErrFull, cluster.ErrUnsure, cluster.ErrLeaseLost,
		cluster.ErrTooLarge, cluster.ErrUnknown, cluster.ErrNoCall,
	}
	task := cluster.Define("fail", func(_ context.Context, n int) (int, error) {
		return 0, fmt.Errorf("behind: %w", all[n])
	})
	c, _ := site(t, task)
	for n, want := range all {
		f := task.Submit(t.Context(), c, n)
		if _, err := f.Await(t.Context()); !errors.Is(err, want) || f.State() != future.Failed {
			t.Errorf("Await = %v in state %v, want Failed with %v", err, f.State(), want)
		}
	}
}

// An engine in memory that is closed says so to who calls it again.
func TestClosedEngine(t *testing.T) {
	p := pool.New(millrace.WithQueue(1))
	e := local.New(p, Square)
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Errorf("Close twice = %v", err)
	}
	c := cluster.NewClient(e)
	f := Square.Submit(t.Context(), c, 1)
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrClosed) || f.State() != future.Cancelled {
		t.Errorf("Submit: %v in state %v, want Cancelled with ErrClosed", err, f.State())
	}
	if err := cluster.Serve(t.Context(), e, p, Square); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Serve = %v, want ErrClosed", err)
	}
}

// A worker whose engine is closed ends.
func TestEngineClosedUnderAWorker(t *testing.T) {
	p := pool.New(millrace.WithQueue(1))
	e := local.New(nil)
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(context.Background(), e, p, Square) }()
	if v, err := Square.Submit(t.Context(), cluster.NewClient(e), 3).Await(t.Context()); v != 9 || err != nil {
		t.Fatalf("Await = %v, %v", v, err)
	}
	_ = e.Close()
	if err := <-served; !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Serve = %v, want ErrClosed", err)
	}
}
