package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A Progress is how far a job is. The job writes it, and its status reads it.
type Progress struct{ Done, Total atomic.Int64 }

// A Work is what a job does. It ends with its context.
type Work func(context.Context, *Progress) (string, error)

// A Status is what there is to know of a job.
type Status struct {
	ID     int    `json:"id"`
	Name   string `json:"name"`
	State  string `json:"state"` // pending, running, succeeded, failed or cancelled
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
	Result string `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

var (
	errBusy = errors.New("too many jobs")
	errUser = errors.New("cancelled by a user")
)

// A Runner runs jobs on a pool, and knows each by its number. It keeps the last
// ones that have ended, so that their outcome can be asked for. All methods may be
// called concurrently. Make one with [NewRunner].
type Runner struct {
	pool *pool.Pool
	keep int

	mu struct {
		sync.Mutex
		last  int
		jobs  map[int]*job
		ended []int // in the order in which they did
	}
}

type job struct {
	id       int
	name     string
	progress Progress
	future   *future.Future[string]
}

// NewRunner returns a runner that keeps so many jobs that have ended.
func NewRunner(p *pool.Pool, keep int) *Runner {
	r := &Runner{pool: p, keep: keep}
	r.mu.jobs = map[int]*job{}
	return r
}

// Start starts a job, or puts it into the queue, and returns its number. The job
// belongs to the runner and not to a request: it goes on when the caller is gone.
func (r *Runner) Start(name string, work Work) (int, error) {
	j := &job{name: name}
	j.future = pool.Submit(context.Background(), r.pool, func(ctx context.Context) (string, error) { return work(ctx, &j.progress) },
		millrace.WithTaskName("job"))
	if j.future.State() == future.Cancelled { // it was refused
		outcome, _ := j.future.Poll()
		if errors.Is(outcome.Err, pool.ErrQueueFull) {
			return 0, errBusy
		}
		return 0, outcome.Err
	}
	r.add(j)
	j.future.OnDone(func(*future.Future[string]) { r.end(j.id) })
	return j.id, nil
}

func (r *Runner) add(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.last++
	j.id = r.mu.last
	r.mu.jobs[j.id] = j
}

// end lets go of the job that ended first, if there are more than are kept.
func (r *Runner) end(id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.ended = append(r.mu.ended, id)
	if len(r.mu.ended) > r.keep {
		delete(r.mu.jobs, r.mu.ended[0])
		r.mu.ended = r.mu.ended[1:]
	}
}

// Cancel cancels a job that is pending, or asks a running one to end. It reports
// false if there is no such job, or it has ended.
func (r *Runner) Cancel(id int) bool {
	j := r.job(id)
	return j != nil && j.future.Abort(errUser)
}

// Job returns the status of a job, and false if there is none with that number.
func (r *Runner) Job(id int) (Status, bool) {
	j := r.job(id)
	if j == nil {
		return Status{}, false
	}
	return j.status(), true
}

// Jobs returns the status of all jobs, the oldest first.
func (r *Runner) Jobs() []Status {
	r.mu.Lock()
	jobs := slices.Collect(maps.Values(r.mu.jobs))
	r.mu.Unlock()
	slices.SortFunc(jobs, func(a, b *job) int { return cmp.Compare(a.id, b.id) })
	all := make([]Status, len(jobs))
	for i, j := range jobs {
		all[i] = j.status()
	}
	return all
}

func (r *Runner) job(id int) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.jobs[id]
}

func (j *job) status() Status {
	s := Status{ID: j.id, Name: j.name, State: j.future.State().String(), Done: j.progress.Done.Load(), Total: j.progress.Total.Load()}
	if outcome, settled := j.future.Poll(); settled {
		s.State = j.future.State().String() // it may have settled since it was looked at
		s.Result = outcome.Value
		if outcome.Err != nil {
			s.Error = outcome.Err.Error()
		}
	}
	return s
}

// poolOptions are those of a pool for jobs: one that finds the queue full is
// refused, so that its submitter learns so at once.
func poolOptions(workers, queue int) []millrace.PoolOption {
	return []millrace.PoolOption{
		millrace.WithName("jobs"), millrace.WithWorkers(workers),
		millrace.WithQueue(queue), millrace.WithOverflow(millrace.Reject),
	}
}
