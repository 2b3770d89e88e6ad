package pool_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The model test. A program is a string of bytes, run in a bubble against one
// pool. It begins with the pool's options. Each step then submits a task, pulls a
// lever (it cancels, stops, resizes or ends something), or lets the bubble come to
// rest. The model keeps its own account of what was called and what ran, and compares
// it with what the pool says: in every Stats, at each start of a task, at rest and at
// the end.
//
// What a program does:
//
//	model_program_test.go    reads a program: the options, and what tasks do
//	model_ops_test.go        the steps; a new one is a line in modelOps
//	model_levers_test.go     the steps that end things
//	model_pause_test.go      Pause, Resume and Drop
//	model_task_test.go       what tasks do; a new one is a case in behave
//	model_wait_test.go       all ways to wait, in tasks and outside
//	model_map_test.go        maps, in tasks and outside
//	model_view_test.go       groups with limits, and their ends
//	model_permit_test.go     Acquire
//	model_other_test.go      tasks and permits of another pool
//	model_ondone_test.go     functions of OnDone
//	model_admission_test.go  options that say when a task may start
//	model_retry_test.go      WithRetry
//
// What the model knows and checks:
//
//	model_record_test.go     what is known of a task, a context, a group
//	model_measure_test.go    the bounds, as the tasks themselves see them
//	model_rate_test.go       rates, as the tasks see them
//	model_flow_test.go       the turns of flows
//	model_order_test.go      which task may start
//	model_counts_test.go     what Stats should say
//	model_stats_test.go      the same of those that wait
//	model_check_test.go      everything at rest and at the end
//	model_cause_test.go      which errors the levers explain
//	model_reach_test.go      what random programs do at all
//
// A failure prints the program as steps, with the events between them.
type model struct {
	t       *testing.T
	in      modelBytes
	cfg     modelConfig
	p       *pool.Pool
	other   *pool.Pool   // nil: there is none
	clock   atomic.Int64 // stamps order calls and events
	begun   atomic.Int64 // calls of Submit
	over    atomic.Int64 // those that have returned, unless their task runs on beside the workers
	inits   atomic.Int64 // calls of the WithInit function
	initing atomic.Int64 // those that have not returned
	ceiling atomic.Int64 // Stats.Running is never above, but for CallerRuns
	broke   atomic.Bool  // WithInit has failed
	mapped  atomic.Bool  // a map has begun: how its items show in Stats is not the model's business
	failed  atomic.Bool
	reach   sync.Map // the names of what has happened

	logMu sync.Mutex
	log   []string
	made  time.Time

	mu     sync.Mutex // guards what follows and the records; never held across a call of the pool's
	tasks  []*modelTask
	groups []*modelGroup
	ctxs   []*modelCtx
	waits  []*modelWait
	funcs  []*modelFunc
	keys   map[int]*modelTask // who runs
	gates  [3]chan struct{}
	open   bool  // all gates are, for good
	sizes  []int // all that the pool was resized to
	rate   modelRate
	turns  []*modelTask // that have started, in order
	levers modelLevers
	budget int // how many more tasks the program may make
}

const modelTasks = 120

func newModel(t *testing.T, program []byte) *model {
	m := &model{t: t, in: program, made: time.Now(), keys: make(map[int]*modelTask), budget: modelTasks}
	m.cfg = m.in.config()
	m.logf("pool %+v", m.cfg)
	for i := range m.gates {
		m.gates[i] = make(chan struct{})
	}
	for range 3 {
		m.newCtx()
	}
	m.levers.pool = modelBackground
	if m.cfg.perSecond > 0 {
		m.rate = newModelRate(m.cfg.perSecond, m.cfg.burst)
	}
	m.sizes = []int{m.cfg.workers}
	m.ceiling.Store(int64(m.cfg.workers))
	m.p = pool.New(m.poolOptions()...)
	if m.cfg.others > 0 {
		m.other = pool.New(millrace.WithWorkers(m.cfg.others))
	}
	if m.cfg.views { // more steps than one in three then find a group
		m.addGroup(modelBackground, nil, len(m.in))
	}
	return m
}

// run executes the program and checks it.
func (m *model) run() {
	for len(m.in) > 0 && m.budget > 0 && !m.failed.Load() {
		m.step()
		if m.cfg.stepped {
			m.rest()
		}
	}
	m.finish()
}

// rest lets everything that can happen now happen, and checks what is left.
func (m *model) rest() {
	synctest.Wait()
	if !m.failed.Load() {
		m.check()
	}
}

// finish ends all that the program left open and waits for the pool to close.
func (m *model) finish() {
	m.logf("finish")
	m.rest()
	m.mu.Lock()
	m.open = true
	for _, gate := range m.gates {
		close(gate)
	}
	m.mu.Unlock()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		m.close()
	}()
	m.endPause(closed)
	select {
	case <-closed:
	case <-time.After(time.Hour):
		m.failf("Close() has not returned; left are %v", m.unsettled())
	}
	m.rest()
	if m.failed.Load() {
		m.p.Stop(nil)
	}
	m.closeOther()
	m.mu.Lock()
	ctxs := m.ctxs
	for _, c := range ctxs {
		if c.cause == nil {
			c.cause = context.Canceled
		}
	}
	m.mu.Unlock()
	for _, c := range ctxs {
		c.cancel(nil)
	}
	if !m.failed.Load() {
		m.rest()
		m.checkClosed()
	}
}

func (m *model) stamp() int64 { return m.clock.Add(1) }

func (m *model) logf(format string, args ...any) {
	m.logMu.Lock()
	defer m.logMu.Unlock()
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

// failf reports the first failure, with all that has happened.
func (m *model) failf(format string, args ...any) {
	if m.failed.Swap(true) {
		return
	}
	m.logMu.Lock()
	defer m.logMu.Unlock()
	steps := ""
	for _, line := range m.log {
		steps += line + "\n"
	}
	m.t.Errorf("%s\nafter\n%s", fmt.Sprintf(format, args...), steps)
}

// aside calls fn in a goroutine of its own and waits for it: fn may call
// functions of OnDone, which may call Goexit.
func (m *model) aside(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	<-done
}

func runModel(t *testing.T, program []byte) (m *model) {
	bubble.Run(t, func(t *testing.T) {
		m = newModel(t, program)
		m.run()
	})
	return m
}

var (
	modelPrograms = flag.Uint64("model", 600, "how many programs TestModel runs; at most 100 with -short")
	modelFirst    = flag.Uint64("model.first", 0, "the number of its first program")
	modelLeast    = flag.Int("model.reach", 0, "it goes on until each thing that programs are for has happened in so many of them")
)

func TestModel(t *testing.T) {
	programs := *modelPrograms
	if testing.Short() {
		programs = min(programs, 100)
	}
	var reach modelReach
	seed := *modelFirst
	run := func(programs uint64) {
		for end := seed + programs; seed < end && !t.Failed(); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { reach.add(runModel(t, randomProgram(seed))) })
		}
	}
	run(programs)
	for *modelLeast > 0 && len(reach.lacks(*modelLeast, *modelLeast)) > 0 && !t.Failed() {
		run(10000)
	}
	if done := int(seed - *modelFirst); done >= 600 && !t.Failed() {
		reach.wantReached(t, done)
	}
}

// randomProgram returns a program of random bytes. Every second one uses more of what there is: the
// bytes that say so have more bits. Every fourth one uses nearly all.
func randomProgram(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	program := make([]byte, 20+r.IntN(500))
	for i := range program {
		program[i] = byte(r.Uint32())
	}
	if seed%2 == 1 {
		for _, i := range []int{0, 5, 6, 7} {
			program[i] |= byte(r.Uint32() | r.Uint32())
		}
	}
	if seed%4 == 2 {
		at := 5
		if program[3]%7 > 2 { // a bounded queue: a byte says what happens when it is full
			at++
		}
		for i := range 2 {
			program[at+i] |= byte(r.Uint32() | r.Uint32() | r.Uint32())
		}
	}
	return program
}

func FuzzPool(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(randomProgram(seed))
	}
	f.Fuzz(func(t *testing.T, program []byte) { runModel(t, program) })
}
