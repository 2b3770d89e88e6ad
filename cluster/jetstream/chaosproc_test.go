//go:build unix

package jetstream_test

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The test binary is the workers and clients of TestChaos, too.
const (
	envRole    = "MILLRACE_CHAOS_ROLE" // "client", or the version of a worker's tasks
	envAddress = "MILLRACE_CHAOS_ADDRESS"
	envLog     = "MILLRACE_CHAOS_LOG"
	envName    = "MILLRACE_CHAOS_NAME"
	envBefore  = "MILLRACE_CHAOS_BEFORE" // name of the client before
)

// futures is how many futures the process has made.
var futures atomic.Int64

const chaosLease = time.Second

func chaosConfig() jetstream.Config {
	quiet := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // which would print what is done to it
	return jetstream.Config{Queue: "chaos", Lease: chaosLease, MaxCalls: chaosMaxCalls, Options: []nats.Option{
		quiet, nats.PingInterval(500 * time.Millisecond), nats.FlusherTimeout(time.Second),
	}}
}

// chaosMaxCalls is so few that some calls find the queue full.
const chaosMaxCalls = 64

// A record is what a process of TestChaos says of a call.
type record struct {
	At      time.Time
	What    string // submit, abort, settled, begin, end
	By      string // name of the process
	Key     string // of the call
	Future  int    `json:",omitempty"` // number among those of the process
	Task    string `json:",omitempty"`
	Kind    string `json:",omitempty"`
	Named   bool   `json:",omitempty"`
	Join    bool   `json:",omitempty"`
	Attempt int    `json:",omitempty"`
	Run     string `json:",omitempty"` // unique for each run of a function
	State   string `json:",omitempty"`
	Is      string `json:",omitempty"` // errors that it is
	Text    string `json:",omitempty"`
}

// A chaosLog is a file of records, to which several processes append.
type chaosLog struct {
	by   string
	file *os.File
}

func (l *chaosLog) write(r record) {
	r.At, r.By = time.Now(), l.by
	r.Text = r.Text[:min(len(r.Text), 300)]
	b, _ := json.Marshal(r)
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		panic(err)
	}
}

// A chaosJob is the input of a call.
type chaosJob struct {
	Key  string
	Kind string
	For  time.Duration
	Pad  string
}

// A chaosResult is its output.
type chaosResult struct {
	Run string
	Pad string
}

// A chaosResult2 is that of the second version of a task.
type chaosResult2 chaosResult

// Pads that fit into a message, and one which does not.
const (
	padFits = 1_040_000
	padOver = 1_050_000
)

type chaosTasks struct {
	work, once, retry, timed, nest *cluster.Task[chaosJob, chaosResult]

	skew1 *cluster.Task[chaosJob, chaosResult]
	skew2 *cluster.Task[chaosJob, chaosResult2]
}

func newChaosTasks(log *chaosLog, c *cluster.Client) *chaosTasks {
	r := &chaosRunner{log, c, nil}
	t := &chaosTasks{
		work:  cluster.Define("work", r.run),
		once:  cluster.Define("once", r.run, cluster.Attempts(1)),
		retry: cluster.Define("retry", r.run, cluster.Retry(10*time.Millisecond), cluster.Errors(errOdd)),
		timed: cluster.Define("timed", r.run, cluster.Timeout(100*time.Millisecond)),
		nest:  cluster.Define("nest", r.nest),
		skew1: cluster.Define("skew", r.run),
		skew2: cluster.Define("skew", func(ctx context.Context, j chaosJob) (chaosResult2, error) {
			v, err := r.run(ctx, j)
			return chaosResult2(v), err
		}),
	}
	r.tasks = t
	return t
}

// A chaosRunner has the functions of the tasks.
type chaosRunner struct {
	log    *chaosLog
	client *cluster.Client
	tasks  *chaosTasks
}

func (r *chaosRunner) run(ctx context.Context, j chaosJob) (v chaosResult, err error) {
	run, end := r.begin(ctx, j)
	how := "ended"
	defer func() { end(how) }()
	select {
	case <-time.After(j.For):
	case <-ctx.Done():
		if j.Kind != "deaf" {
			how = "ctx"
			return v, context.Cause(ctx)
		}
	}
	v.Run = run
	switch j.Kind {
	case "odd":
		return v, errOdd
	case "panic":
		panic("chaos")
	case "goexit":
		runtime.Goexit()
	case "exit":
		if d, _ := cluster.FromContext(ctx); d.Attempt() < 2 {
			os.Exit(3)
		}
	case "poison":
		os.Exit(3)
	case "over":
		v.Pad = strings.Repeat("x", padOver)
	case "large":
		v.Pad = j.Pad
	}
	return v, nil
}

// begin notes the beginning of a run. It returns what notes its end.
func (r *chaosRunner) begin(ctx context.Context, j chaosJob) (run string, end func(how string)) {
	d, _ := cluster.FromContext(ctx)
	run = cryptorand.Text()
	r.log.write(record{What: "begin", Key: j.Key, Attempt: d.Attempt(), Run: run})
	return run, func(how string) {
		r.log.write(record{What: "end", Key: j.Key, Attempt: d.Attempt(), Run: run, Text: how})
	}
}

// nest calls another task, with an id that is the same for each attempt.
func (r *chaosRunner) nest(ctx context.Context, j chaosJob) (v chaosResult, err error) {
	_, end := r.begin(ctx, j)
	child := j
	child.Key, child.Kind = j.Key+".child", "ok"
	f := submitChaos(context.WithoutCancel(ctx), r.log, r.client, r.tasks.work, child, true)
	v, err = f.Await(ctx)
	end(fmt.Sprint(err))
	return v, err
}

// beChaos is a process of TestChaos.
func beChaos(role string) {
	file, err := os.OpenFile(os.Getenv(envLog), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	log := &chaosLog{os.Getenv(envName), file}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println("started")
	e, err := jetstream.Connect(ctx, os.Getenv(envAddress), chaosConfig())
	if err == nil && role == "client" {
		err = chaosClient(ctx, log, e)
	} else if err == nil {
		err = chaosWorker(ctx, log, e, role)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("clean")
	os.Exit(0)
}

func chaosWorker(ctx context.Context, log *chaosLog, e *jetstream.Engine, version string) error {
	t := newChaosTasks(log, cluster.NewClient(e))
	tasks := []cluster.Handler{t.work, t.once, t.retry, t.timed, t.nest}
	switch version {
	case "1":
		tasks = append(tasks, t.skew1)
	case "2":
		tasks = append(tasks, t.skew2)
	}
	p := pool.New(millrace.WithWorkers(1+rand.IntN(2)), millrace.WithQueue(rand.IntN(3)))
	err := cluster.Serve(ctx, e, p, tasks...)
	return errors.Join(err, p.Close(), e.Close())
}

// chaosClient submits calls until ctx ends, and waits for all of them.
func chaosClient(ctx context.Context, log *chaosLog, e *jetstream.Engine) error {
	clients := []*cluster.Client{cluster.NewClient(e), cluster.NewClient(e, cluster.WithMaxCalls(3))}
	t := newChaosTasks(log, nil)
	joinBefore(log, clients[0], t, os.Getenv(envBefore))
	var going sync.WaitGroup
	for n, c := range clients {
		for g := range 2 {
			going.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					time.Sleep(rand.N(200 * time.Millisecond))
					chaosSubmit(log, c, t, fmt.Sprintf("%s-%d-%d-%d", log.by, n, g, i))
				}
			})
		}
	}
	going.Wait()
	patience, cancel := context.WithTimeout(context.Background(), chaosPatience)
	defer cancel()
	for _, c := range clients {
		if err := c.Close(patience); err != nil {
			log.write(record{What: "left", Text: err.Error()})
		}
	}
	return e.Close()
}

// joinBefore asks for the calls that the client before has submitted with an id and did not
// see settled.
func joinBefore(log *chaosLog, c *cluster.Client, t *chaosTasks, before string) {
	open := map[string]string{}
	for _, r := range readRecords(os.Getenv(envLog)) {
		switch {
		case r.By != before:
		case r.What == "submit" && r.Named && r.Task != "skew":
			open[r.Key] = r.Kind
		case r.What == "settled":
			delete(open, r.Key)
		}
	}
	for key, kind := range open {
		n := futures.Add(1)
		log.write(record{What: "submit", Key: key, Future: int(n), Named: true, Join: true, Kind: kind})
		noteChaos(log, key, int(n), t.work.Join(context.Background(), c, key))
	}
}

// chaosSubmit submits a call at random, or several.
func chaosSubmit(log *chaosLog, c *cluster.Client, t *chaosTasks, key string) {
	ctx := context.Background()
	named := rand.IntN(3) == 0
	if rand.IntN(6) == 0 { // others submit it, too
		key, named = fmt.Sprintf("shared-%d", time.Now().UnixMilli()/300-rand.Int64N(4)), true
	}
	h := fnv.New64()
	_, _ = h.Write([]byte(key))
	at := rand.New(rand.NewPCG(h.Sum64(), 1)) // so that all submit the same
	j := chaosJob{Key: key, Kind: "ok", For: time.Duration(at.IntN(30)) * time.Millisecond}
	if at.IntN(6) == 0 {
		j.For = time.Duration(at.IntN(1500)) * time.Millisecond
	}
	tasks := []*cluster.Task[chaosJob, chaosResult]{t.work, t.work, t.once, t.retry, t.timed, t.nest, t.skew1}
	task := tasks[at.IntN(len(tasks))]
	kinds := []string{"odd", "panic", "goexit", "exit", "deaf", "large", "over", "poison", "too large"}
	if at.IntN(4) == 0 && task != t.nest {
		j.Kind = kinds[at.IntN(len(kinds))]
	}
	switch {
	case j.Kind == "poison" && at.IntN(4) > 0:
		j.Kind = "ok"
	case j.Kind == "large":
		j.Pad = strings.Repeat("x", padFits)
	case j.Kind == "too large":
		j.Pad = strings.Repeat("x", padOver)
	}
	switch {
	case task == t.work && j.Kind == "ok" && !named && rand.IntN(4) == 0:
		chaosMap(ctx, log, c, t.work, key)
	case task == t.skew1 && at.IntN(2) == 0:
		submitChaos(ctx, log, c, t.skew2, j, named)
	default:
		submitChaos(ctx, log, c, task, j, named)
	}
}

// submitChaos submits a call; the client's process aborts some of them.
func submitChaos[O any](ctx context.Context, log *chaosLog, c *cluster.Client, task *cluster.Task[chaosJob, O], j chaosJob, named bool) *future.Future[O] {
	var opts []cluster.CallOption
	if named {
		opts = append(opts, cluster.WithID(j.Key))
	}
	if rand.IntN(4) == 0 {
		opts = append(opts, cluster.WithPriority(rand.IntN(3)-1))
	}
	n := int(futures.Add(1))
	log.write(record{What: "submit", Key: j.Key, Future: n, Task: task.Name(), Kind: j.Kind, Named: named})
	ctx, cancel := context.WithCancel(ctx)
	f := task.Submit(ctx, c, j, opts...)
	abort := func(by func()) func() {
		return func() {
			log.write(record{What: "abort", Key: j.Key, Future: n})
			by()
		}
	}
	if !strings.HasSuffix(j.Key, ".child") {
		after := rand.N(300 * time.Millisecond)
		switch rand.IntN(8) {
		case 0:
			time.AfterFunc(after, abort(func() { f.Abort(nil) }))
		case 1:
			time.AfterFunc(after, abort(cancel))
		}
	}
	noteChaos(log, j.Key, n, f)
	f.OnDone(func(*future.Future[O]) { cancel() })
	return f
}

func noteChaos[O any](log *chaosLog, key string, n int, f *future.Future[O]) {
	f.OnDone(func(f *future.Future[O]) {
		v, _ := f.Poll()
		log.write(settledRecord(key, n, f.State(), any(v.Value), v.Err))
	})
}

// chaosMap maps some inputs in chunks, and sometimes breaks.
func chaosMap(ctx context.Context, log *chaosLog, c *cluster.Client, task *cluster.Task[chaosJob, chaosResult], key string) {
	items := 1 + rand.IntN(12)
	first := int(futures.Add(int64(items))) - items + 1
	until, i := rand.IntN(3*items), 0
	name := func(i int) string { return fmt.Sprintf("%s-item%d", key, i) }
	for v, err := range task.Map(ctx, c, func(yield func(chaosJob) bool) {
		for i := range items {
			log.write(record{What: "submit", Key: name(i), Future: first + i, Task: "work", Kind: "item"})
			if !yield(chaosJob{Key: name(i), Kind: "ok", For: rand.N(20 * time.Millisecond)}) {
				return
			}
		}
	}, cluster.WithChunk(1+rand.IntN(6))) {
		state := future.Succeeded
		switch {
		case errors.Is(err, future.ErrCancelled):
			state = future.Cancelled
		case err != nil:
			state = future.Failed
		}
		log.write(settledRecord(name(i), first+i, state, any(v), err))
		if i++; i == until {
			break
		}
	}
}

func settledRecord(key string, n int, state future.State, v any, err error) record {
	r := record{What: "settled", Key: key, Future: n, State: state.String()}
	switch v := v.(type) {
	case chaosResult:
		r.Run = v.Run
	case chaosResult2:
		r.Run = v.Run
	}
	if err == nil {
		return r
	}
	r.Text = err.Error()
	for name, is := range map[string]error{
		"odd": errOdd, "unsure": cluster.ErrUnsure, "lost": cluster.ErrLost, "aborted": cluster.ErrAborted, "no call": cluster.ErrNoCall,
		"full": cluster.ErrFull, "too large": cluster.ErrTooLarge, "unknown": cluster.ErrUnknown, "late": context.DeadlineExceeded,
		"goexit": future.ErrGoexit, "canceled": context.Canceled, "lease": cluster.ErrLeaseLost, "closed": cluster.ErrClosed,
	} {
		if errors.Is(err, is) {
			r.Is += "," + name
		}
	}
	r.Is += ","
	var e *cluster.Error
	if errors.As(err, &e) {
		r.Attempt = e.Attempt
	}
	var pe *future.PanicError
	if errors.As(err, &pe) {
		r.Is += "panic,"
	}
	return r
}
