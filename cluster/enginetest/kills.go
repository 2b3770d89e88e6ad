//go:build unix

package enginetest

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
)

// Processes says how to run an engine's server, and connect to it from other processes.
type Processes struct {
	// Server starts a server process that stores what it has, and returns it with the
	// address for Connect. With an address it starts it again where it was.
	Server func(t *testing.T, address string) (*Process, string)

	// Connect connects to a queue, which is made for workers that may be silent for the time that
	// LeaseOf(ctx) returns. It is what the TestMain of the package gave to Main.
	Connect func(ctx context.Context, address, queue string) (cluster.Engine, error)

	// Lease is the lease where calls are to run again because their worker is silent. Others have
	// one of a minute: what is said of the number of runs holds for workers that keep their leases.
	Lease time.Duration

	// Calls is how many calls the maps make during which something is killed; 2,000 by
	// default, or what the environment has as MILLRACE_KILLED.
	Calls int

	// Volatile says that what the server has ends with it. Then it is not killed.
	Volatile bool

	// ServerAt starts a server that listens on the host given, for tests with network
	// namespaces; nil: there are none.
	ServerAt func(t *testing.T, host string) (*Process, string)
}

// RunProcesses runs the part of the suite in which processes are killed. The package's
// TestMain must call [Main]. It needs a system with signals.
func RunProcesses(t *testing.T, h Processes) {
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_KILLED")); err == nil && h.Calls == 0 {
		h.Calls = n
	}
	if h.Calls == 0 {
		h.Calls = 2000
	}
	type test struct {
		name  string
		lease time.Duration
		run   func(*site)
	}
	const kept, some = time.Minute, 10 * time.Second // some: what the server was about to hand out is late for so long
	tests := []test{
		{"worker killed in calls", h.Lease, (*site).workerKilled},
		{"worker killed in a map", h.Lease, (*site).workerKilledInMap},
		{"worker killed in chunks", h.Lease, (*site).workerKilledInChunks},
		{"submitter killed", kept, (*site).submitterKilled},
		{"worker stopped", h.Lease, (*site).workerStopped},
		{"poison", h.Lease, (*site).poison},
		{"at most once", h.Lease, (*site).atMostOnce},
		{"rolling deployment", kept, (*site).rolling},
		{"terminated", kept, (*site).terminated},
	}
	if !h.Volatile {
		tests = append(tests, test{"server killed", some, (*site).serverKilled}, test{"server killed in a map", h.Lease, (*site).serverKilledInMap})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // most of it is waiting for leases
			server, address := h.Server(t, "")
			test.run(newSite(t, &h, server, address, test.lease))
		})
	}
	if h.ServerAt != nil {
		t.Run("partition", func(t *testing.T) { h.partition(t) })
	}
}

// A site is a server with its workers and a client, for one test.
type site struct {
	*testing.T
	h       *Processes
	server  *Process
	address string
	queue   string
	lease   time.Duration
	began   time.Time
	ctx     context.Context
	engine  cluster.Engine
	client  *cluster.Client
	log     *jobLog
}

func newSite(t *testing.T, h *Processes, server *Process, address string, lease time.Duration) *site {
	ctx, cancel := context.WithTimeout(context.Background(), patience+time.Duration(h.Calls)*20*time.Millisecond)
	t.Cleanup(cancel)
	s := &site{T: t, h: h, server: server, address: address, lease: lease, ctx: ctx, log: newJobLog(t), queue: "killed"}
	e, err := h.Connect(withLease(ctx, lease), address, s.queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s.engine, s.client, s.began = e, cluster.NewClient(e), time.Now()
	return s
}

// keepsLeases reports whether no lease can have been lost so far: the machine may have been so busy
// that workers were late.
func (s *site) keepsLeases() bool { return time.Since(s.began) < s.lease }

// beyondLease is longer than a lease, and not much: who loses one begins again.
func (s *site) beyondLease() time.Duration { return s.lease * 5 / 4 }

// checkRuns checks that a job has run, and once if no worker has lost a lease.
func (s *site) checkRuns(name string) {
	s.Helper()
	began, ended := s.log.count(name, "begin"), s.log.count(name, "end")
	if began < 1 || ended < 1 || began > 1 && s.keepsLeases() {
		s.Errorf("job %s began %d times and ended %d times", name, began, ended)
	}
}

func (s *site) worker(slots int) *Process {
	p, _ := StartProcess(s.T, s.command("all", slots))
	return p
}

// held starts a worker that does not serve before it is let: what is to happen at its
// start need not wait for a process to begin.
func (s *site) held(slots int) (w *Process, let func()) {
	cmd := s.command("all", slots)
	cmd.Env = append(cmd.Env, envHeld+"=yes")
	w, _ = StartProcess(s.T, cmd)
	return w, func() { w.Signal(syscall.SIGUSR1) }
}

// eventually waits until the condition holds.
func (s *site) eventually(what string, ok func() bool) {
	s.Helper()
	for !ok() {
		if s.ctx.Err() != nil {
			log, _ := os.ReadFile(s.log.path)
			s.Fatalf("never: %s\n%s", what, log)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// submit submits n jobs.
func (s *site) submit(n int, d time.Duration) (fs []*future.Future[int]) {
	for i := range n {
		fs = append(fs, jobs.Submit(s.ctx, s.client, s.log.job(strconv.Itoa(i), d)))
	}
	return fs
}

// workerKilled kills a worker in the middle of its calls: they run again elsewhere, and what runs there goes on
// for longer than a lease.
func (s *site) workerKilled() {
	w, other := s.worker(4), s.worker(4)
	fs := s.submit(16, s.beyondLease()) // more than one of them takes
	s.eventually("both workers run jobs", func() bool { return len(s.jobsOf(w, "begin")) > 0 && len(s.jobsOf(other, "begin")) > 0 })
	w.Kill()
	killed := time.Now()
	ended := s.jobsOf(w, "end")
	for i, f := range fs {
		pid, err := f.Await(s.ctx)
		if err != nil || pid != other.Pid() && !slices.Contains(ended, strconv.Itoa(i)) {
			s.Errorf("job %d: Await = %d, %v; want the worker that was not killed, %d", i, pid, err, other.Pid())
		}
	}
	s.Logf("all had ended %v after the kill; a job takes %v, the lease is %v", time.Since(killed), s.beyondLease(), s.lease)
}

// jobsOf returns the jobs of which a process has said this.
func (s *site) jobsOf(p *Process, what string) (names []string) {
	for _, l := range s.log.lines() {
		if l.pid == strconv.Itoa(p.Pid()) && strings.HasPrefix(l.what, what) {
			names = append(names, l.name)
		}
	}
	return names
}

// sum checks a map during which something is killed.
func (s *site) sum(n int, at int, kill func(), opts ...millrace.MapOption) {
	var pulled atomic.Int64
	sum, want, i := 0, 0, 0
	for v, err := range squares.Map(s.ctx, s.client, count(n, &pulled), opts...) {
		if err != nil {
			s.Fatalf("item %d: %v", i, err)
		}
		sum += v
		want += i * i
		if i++; i == at {
			kill()
		}
	}
	if i != n || sum != want {
		s.Errorf("%d items of %d, sum %d, want %d", i, n, sum, want)
	}
}

func (s *site) workerKilledInMap() {
	w := s.worker(4)
	s.worker(4)
	s.sum(s.h.Calls, s.h.Calls/5, w.Kill)
}

func (s *site) workerKilledInChunks() {
	w := s.worker(4)
	s.worker(4)
	s.sum(20*s.h.Calls, 5*s.h.Calls, w.Kill, cluster.WithChunk(50))
}

func (s *site) serverKilledInMap() {
	s.worker(4)
	s.worker(4)
	s.sum(s.h.Calls, s.h.Calls/5, s.restart)
}

// restart kills the server and starts it again.
func (s *site) restart() {
	s.server.Kill()
	s.server, _ = s.h.Server(s.T, s.address)
}

// submitterKilled kills a process whose calls run and are queued: they go on, once each,
// and others can join them.
func (s *site) submitterKilled() {
	cmd := s.command("all", 1)
	cmd.Env = append(cmd.Env, envLog+"="+s.log.path)
	p, _ := StartProcess(s.T, cmd)
	if q, ok := s.engine.(observe.QueueSource); ok {
		s.eventually("the server has the calls", func() bool {
			status, err := q.Status(s.ctx)
			return err == nil && status.Queued+status.Held == orphans
		})
	}
	w := s.worker(2)
	s.eventually("calls run", func() bool { return s.log.count("*", "begin") >= 2 })
	p.Kill()
	for i := range orphans {
		if pid, err := jobs.Join(s.ctx, s.client, strconv.Itoa(i)).Await(s.ctx); pid != w.Pid() || err != nil {
			s.Errorf("call %d of a submitter that was killed: %d, %v", i, pid, err)
		}
		s.checkRuns(strconv.Itoa(i))
	}
	if _, err := jobs.Join(s.ctx, s.client, "0").Await(s.ctx); err != nil {
		s.Errorf("Join after the end: %v", err)
	}
}

// workerStopped stops a worker until its lease is lost and lets it go on: it learns
// that, and its outcome counts for nothing.
func (s *site) workerStopped() {
	a, b := s.worker(1), s.worker(1)
	f := jobs.Submit(s.ctx, s.client, s.log.job("z", s.beyondLease()))
	s.eventually("the job runs", func() bool { return s.log.count("z", "begin") >= 1 })
	runners := s.log.processes("z", "begin") // one, unless the machine is so busy that leases are lost
	stopped, other := a, b
	if runners[len(runners)-1] == strconv.Itoa(b.Pid()) {
		stopped, other = b, a
	}
	stopped.stop()
	still := time.Now()
	s.eventually("the job runs elsewhere", func() bool { return s.log.count("z", "begin") > len(runners) })
	time.Sleep(time.Until(still.Add(s.lease))) // the server may have given it away sooner than the lease ends here
	stopped.Signal(syscall.SIGCONT)
	pid, err := f.Await(s.ctx)
	begunAgain := len(s.jobsOf(stopped, "begin")) > 1
	if pid != other.Pid() && !begunAgain || err != nil {
		s.Errorf("Await = %d, %v; want the process that was not stopped, %d", pid, err, other.Pid())
	}
	s.eventually("the stopped one learns that it lost its lease", func() bool {
		return len(s.jobsOf(stopped, "cause "+cluster.ErrLeaseLost.Error())) > 0 || len(s.jobsOf(stopped, "end")) > 0
	})
	if last := stopped.Terminate(); last != "clean" {
		s.Errorf("it ends with %q, want clean", last)
	}
}

// serverKilled kills the server while calls run, are queued, and are submitted: each ends with
// its outcome, and what the worker runs goes on, unless the server is gone for a lease.
func (s *site) serverKilled() {
	w := s.worker(2)
	s.began = time.Now() // before, nothing has been delivered
	running := s.submit(2, time.Second)
	s.eventually("two jobs run", func() bool { return s.log.count("*", "begin") >= 2 })
	var queued []*future.Future[int]
	for i := range 10 {
		queued = append(queued, jobs.Submit(s.ctx, s.client, s.log.job("queued "+strconv.Itoa(i), time.Millisecond)))
	}
	s.server.Kill()
	submitted := jobs.Submit(s.ctx, s.client, s.log.job("submitted", time.Millisecond))
	s.server, _ = s.h.Server(s.T, s.address)
	back := time.Now()
	fs := append(append(running, queued...), submitted)
	for i, f := range fs {
		if pid, err := f.Await(s.ctx); pid != w.Pid() || err != nil || f.State() != future.Succeeded {
			s.Errorf("call %d of %d: %d, %v in state %v, want the worker, %d", i, len(fs), pid, err, f.State(), w.Pid())
		}
	}
	s.Logf("all had settled %v after the server was back; %d began of %d calls", time.Since(back), s.log.count("*", "begin"), len(fs))
	for i := range running {
		s.checkRuns(strconv.Itoa(i))
	}
	for _, l := range s.log.lines() {
		if l.what == "begin" && s.log.count(l.name, "end") < 1 {
			s.Errorf("job %s began and did not end", l.name)
		}
	}
}

// poison has calls that kill their workers: they are given up, and calls that were
// beside them are not.
func (s *site) poison() {
	stop := s.supervise()
	defer stop()
	var innocent []*future.Future[int]
	for i := range 20 {
		innocent = append(innocent, jobs.Submit(s.ctx, s.client, s.log.job("innocent "+strconv.Itoa(i), 5*time.Millisecond)))
	}
	s.killing(2, 3, func(j job) *future.Future[int] { return poison.Submit(s.ctx, s.client, j) }) // of three starts one may be a delivery
	if _, err := future.All(s.ctx, innocent...); err != nil {
		s.Errorf("a call beside it: %v", err)
	}
}

// atMostOnce submits a call that kills its worker and must not run again.
func (s *site) atMostOnce() {
	stop := s.supervise()
	defer stop()
	s.killing(1, 1, func(j job) *future.Future[int] { return oncePoison.Submit(s.ctx, s.client, j) })
	submitted := time.Now()
	pid, err := onceJobs.Submit(s.ctx, s.client, s.log.job("one", time.Millisecond)).Await(s.ctx)
	if late := time.Since(submitted) > s.lease; !(late && errors.Is(err, cluster.ErrLost)) && (pid == 0 || err != nil) {
		s.Errorf("another one: %v, %v", pid, err)
	}
}

// killing submits a call that kills its worker: it ends as lost, and has begun so many times. It may
// have begun less often if a worker stood still for a lease before the function began; then it is done
// again.
func (s *site) killing(least, most int, submit func(job) *future.Future[int]) {
	s.Helper()
	for try := range 5 {
		name := "poison " + strconv.Itoa(try)
		f := submit(s.log.job(name, 0))
		var ce *cluster.Error
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrLost) || !errors.As(err, &ce) || f.State() != future.Failed {
			s.Errorf("Await = %v in state %v, want Failed with ErrLost", err, f.State())
		}
		n := s.log.count(name, "begin")
		if n > most {
			s.Errorf("it began %d times, want at most %d", n, most)
		}
		if n >= least {
			return
		}
		s.Logf("it began %d times", n)
	}
	s.Errorf("none of five calls began %d times", least)
}

// supervise keeps two workers alive.
func (s *site) supervise() (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ws := []*Process{s.worker(2), s.worker(2)}
		for ctx.Err() == nil {
			for i, w := range ws {
				if w.Dead() {
					ws[i] = s.worker(2)
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return func() { cancel(); <-done }
}
