package observe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace/observe/internal/safe"
	"github.com/millrace-go/millrace/observe/queues"
)

// A QueueSource is a queue of a cluster: an engine of module cluster, such as
// *jetstream.Engine.
type QueueSource interface {
	Status(ctx context.Context) (queues.Status, error)
}

// AddQueue shows a queue of a cluster: what is queued and held, and its workers with what
// they run. The page keeps the source until remove is called. It asks the source only
// while the page is looked at, at most every two seconds, and waits half a second at
// most: if the source takes longer, the page shows its last answer, with the age.
// AddQueue panics if source is nil.
func (p *Page) AddQueue(source QueueSource) (remove func()) {
	p.check()
	if source == nil {
		panic("observe: Page.AddQueue: nil source")
	}
	return p.queues.add(&queueWatch{source: source})
}

const (
	queueAge     = 2 * time.Second        // of what is shown, before the source is asked again
	queueWait    = 500 * time.Millisecond // for an answer, before the page is written without it
	queueTimeout = 10 * time.Second       // of one question
	mostQueues   = 20
	mostWorkers  = 100 // of a queue
	mostCalls    = 50  // of a queue
)

// A queueWatch is one queue, and what it said last.
type queueWatch struct {
	source QueueSource

	mu     sync.Mutex
	asking chan struct{} // closed with the answer; nil: no question is open
	asked  time.Time     // the last time
	status queues.Status
	at     time.Time // when it said that; zero: it never has
	err    error     // of the last question
}

// ask asks the queue if what it said is old. It returns what is closed with the answer;
// nil: there is none to wait for.
func (q *queueWatch) ask(now time.Time) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.asking == nil && (q.asked.IsZero() || now.Sub(q.asked) >= queueAge) {
		q.asked, q.asking = now, make(chan struct{})
		go q.answer(q.asking)
	}
	return q.asking
}

// answer asks the source, whose panics are an answer too.
func (q *queueWatch) answer(asking chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), queueTimeout)
	defer cancel()
	status, err := queues.Status{}, errors.New("observe: the source of the queue does not return")
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("observe: the source of the queue panicked: %v", x)
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.asking, q.err = nil, err
		if err == nil {
			q.status, q.at = status, time.Now()
		}
		close(asking)
	}()
	status, err = q.source.Status(ctx)
}

// lookAtQueues asks all queues at once, and waits a while.
func (p *Page) lookAtQueues(ctx context.Context) (views []queueView, n int) {
	all := p.queues.list()
	shown := all[:min(len(all), mostQueues)]
	var answers []<-chan struct{}
	for _, q := range shown {
		if answer := q.ask(time.Now()); answer != nil {
			answers = append(answers, answer)
		}
	}
	waitForAll(ctx, queueWait, answers)
	for _, q := range shown {
		views = append(views, q.view(time.Now()))
	}
	return views, len(all)
}

// waitForAll waits until all are closed, for as long as ctx and d allow.
func waitForAll(ctx context.Context, d time.Duration, all []<-chan struct{}) {
	if len(all) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for _, c := range all {
		select {
		case <-c:
		case <-ctx.Done():
			return
		}
	}
}

func (q *queueWatch) view(now time.Time) queueView {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.status
	v := queueView{
		Engine: safe.Cut(s.Engine, mostName), Queue: safe.Cut(s.Queue, mostName), Known: !q.at.IsZero(), Queued: s.Queued, Held: s.Held, Kept: s.Kept, Unsure: s.Unsure,
		Oldest: inSeconds(s.Oldest), Lease: inSeconds(s.Lease),
	}
	if v.Known {
		v.Age = inSeconds(now.Sub(q.at))
	}
	if q.err != nil {
		v.Error = safe.Cut(safe.Text(q.err), failureText)
	}
	for _, w := range s.Workers {
		v.add(w, s.Lease, now)
	}
	slices.SortStableFunc(v.Calls, func(a, b callView) int { return cmp.Compare(b.Age, a.Age) })
	v.Workers, v.Calls = list(v.Workers), list(v.Calls[:min(len(v.Calls), mostCalls)])
	return v
}

// add counts a worker, and shows it and what it runs if there is room.
func (v *queueView) add(w queues.Worker, lease time.Duration, now time.Time) {
	o := workerView{
		Name: safe.Cut(w.Name, mostName), Silent: w.Silent(lease), Slots: w.Slots, Held: w.Held, Running: len(w.Running), Beat: inSeconds(now.Sub(w.Beat)),
		Succeeded: w.Succeeded, Failed: w.Failed, Retried: w.Retried, Lost: w.Lost, Aborted: w.Aborted, Refused: w.Refused, Returned: w.Returned, Tasks: []string{},
	}
	for _, task := range w.Tasks[:min(len(w.Tasks), mostTasks)] {
		o.Tasks = append(o.Tasks, safe.Cut(task, mostName))
	}
	v.Totals.Workers++
	v.Totals.Silent += int(count(o.Silent))
	v.Totals.Failed += w.Failed
	v.Totals.Lost += w.Lost
	v.Totals.Retried += w.Retried
	v.Totals.Running += len(w.Running)
	if len(v.Workers) < mostWorkers {
		v.Workers = append(v.Workers, o)
	}
	for _, c := range w.Running {
		v.Calls = append(v.Calls, callView{
			Task: safe.Cut(c.Task, mostName), ID: safe.Cut(c.ID, mostName), Worker: o.Name, Attempt: c.Attempt, Age: inSeconds(now.Sub(c.Since)),
		})
	}
}
