//go:build unix

package jetstream_test

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
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
