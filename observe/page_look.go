package observe

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/millrace-go/millrace/observe/internal/safe"
)

// How a snapshot is taken, and how much of each list is in it.
const (
	looks         = 10 // at each pipeline: a single one may find a stage between two items
	lookTime      = 300 * time.Millisecond
	mostPools     = 100
	mostPipelines = 20
	mostTasks     = 200
	mostName      = 200 // bytes
)

// look takes a snapshot. It takes lookTime if a pipeline runs.
func (p *Page) look(ctx context.Context, stacks bool) *snapshot {
	s := &snapshot{Stacks: stacks, kept: snapshotAge, sources: p.sources.list(), watches: p.queues.list()}
	s.Queues, s.Totals.Queues = p.lookAtQueues(ctx)
	s.Pipelines, s.Totals.Pipelines = p.lookAtPipelines(ctx)
	s.At = time.Now()
	s.Uptime = inSeconds(s.At.Sub(p.began))
	s.Pools = p.lookAtPools(s.At)
	s.Tasks, s.Totals.Tasks = p.lookAtTasks(s.At)
	s.Failures, s.Totals.Failures = p.lookAtFailures(s.At)
	s.Attention, s.Totals.Attention = attention(s)
	s.Attention, s.Totals.Pools = list(s.Attention), len(s.Pools)
	s.Pools = foremost(s.Pools, mostPools)
	s.Pools, s.Pipelines, s.Tasks, s.Failures = list(s.Pools), list(s.Pipelines), list(s.Tasks), list(s.Failures)
	if stacks {
		p.withStacks(s)
	}
	return s
}

// list makes a nil slice an empty one, which is [] in JSON and not null.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (p *Page) lookAtPools(now time.Time) (views []poolView) {
	for i, source := range p.sources.list() {
		v := poolView{Stats: (*source).Stats(), ID: i}
		v.History = viewHistory(p.history.of(v.Name, now))
		v.Name = safe.Cut(v.Name, mostName)
		if e, ok := (*source).(interface{ Err() error }); ok && e.Err() != nil {
			v.Error = safe.Cut(safe.Text(e.Err()), failureText)
		}
		views = append(views, v)
	}
	return views
}

// viewHistory returns the figures that are shown, or nil if there has been nothing.
func viewHistory(steps []sample) *historyView {
	h := &historyView{Step: inSeconds(historyStep)}
	var all int64
	for _, s := range steps {
		ended, failed := max(0, s.ended), max(0, s.failed)
		all += ended + s.turnedAway
		h.Ended = append(h.Ended, float64(ended)/historyStep.Seconds())
		h.Failed = append(h.Failed, float64(failed)/historyStep.Seconds())
		h.TurnedAway = append(h.TurnedAway, float64(s.turnedAway)/historyStep.Seconds())
		h.Wait = append(h.Wait, inSeconds(max(0, s.wait)/time.Duration(max(1, ended))))
	}
	if all == 0 {
		return nil
	}
	return h
}

func (p *Page) lookAtTasks(now time.Time) (views []taskView, n int) {
	n = p.tasks.each(mostTasks, func(e *entry[pageTask]) {
		views = append(views, taskView{
			ID: e.id, Name: e.name, Pool: e.pool, Attempt: e.attempt,
			Age: inSeconds(now.Sub(e.started)), Wait: inSeconds(e.wait),
		})
	})
	slices.SortFunc(views, func(a, b taskView) int { return cmp.Or(cmp.Compare(b.Age, a.Age), cmp.Compare(a.ID, b.ID)) })
	views = views[:min(len(views), mostTasks)]
	for i := range views {
		views[i].Name, views[i].Pool = safe.Cut(views[i].Name, mostName), safe.Cut(views[i].Pool, mostName)
	}
	return views, n
}

func (p *Page) lookAtFailures(now time.Time) (views []failureView, total uint64) {
	kept, total := p.failed.list()
	for _, f := range kept {
		views = append(views, failureView{
			ID: f.id, Task: f.task, Pool: f.pool, Kind: f.kind, Error: f.text, Count: f.count, First: f.first, Last: f.last,
			Ago: inSeconds(now.Sub(f.last)), Run: inSeconds(f.run), Stack: f.stack,
		})
	}
	return views, total
}
