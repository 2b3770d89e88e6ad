package temporal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/observe/queues"
)

// Bounds of what a Status asks for.
const (
	maxListed    = 1000 // calls that have not ended
	maxDescribed = 100  // of those: each costs a request
	describers   = 8    // requests at once
)

// quiet is how long a worker without calls may be unheard of while all is well: that is how
// long the server lets it wait for one.
const quiet = 70 * time.Second

// Status asks the server. Its figures of calls come from the server's list of calls,
// which is some moments behind. Of each worker it knows when that last asked for calls,
// and which of the 100 newest calls it has: tasks, slots and counts of workers are zero.
func (e *Engine) Status(ctx context.Context) (queues.Status, error) {
	s := queues.Status{Engine: "temporal", Queue: e.cfg.Queue, Lease: e.cfg.Lease, Unsure: int(e.unsure.Load())}
	open, err := e.count(ctx, "=")
	if err != nil {
		return s, err
	}
	if s.Kept, err = e.count(ctx, "!="); err != nil {
		return s, err
	}
	workers, err := e.pollers(ctx, &s)
	if err != nil {
		return s, err
	}
	s.Queued = min(s.Queued, open)
	s.Held = open - s.Queued
	ids, oldest, err := e.list(ctx)
	if err != nil {
		return s, err
	}
	if !oldest.IsZero() {
		s.Oldest = max(0, time.Since(oldest))
	}
	for _, d := range e.describeAll(ctx, ids) {
		e.addRunning(workers, d)
	}
	for _, w := range workers {
		slices.SortFunc(w.Running, func(a, b queues.Call) int { return a.Since.Compare(b.Since) })
		s.Workers = append(s.Workers, *w)
	}
	slices.SortFunc(s.Workers, func(a, b queues.Worker) int { return strings.Compare(a.Name, b.Name) })
	return s, nil
}

func (e *Engine) query(running string) string {
	return fmt.Sprintf(`TaskQueue = '%s' AND ExecutionStatus %s 'Running'`, e.cfg.Queue, running)
}

// count returns how many calls run, as the server sees it, or do not.
func (e *Engine) count(ctx context.Context, running string) (int, error) {
	n, err := e.client.CountActivities(ctx, client.CountActivitiesOptions{Query: e.query(running)})
	if err != nil {
		return 0, fmt.Errorf("temporal: status: %w", err)
	}
	return int(n.Count), nil
}

// pollers returns the workers that have asked for calls of late, and notes how many calls
// wait for them.
func (e *Engine) pollers(ctx context.Context, s *queues.Status) (map[string]*queues.Worker, error) {
	namespace := e.cfg.Client.Namespace
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	d, err := e.client.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: e.cfg.Queue},
		TaskQueueType: enums.TASK_QUEUE_TYPE_ACTIVITY, ReportStats: true,
	})
	if err != nil {
		return nil, fmt.Errorf("temporal: status: %w", err)
	}
	s.Queued = int(d.GetStats().GetApproximateBacklogCount())
	workers := make(map[string]*queues.Worker)
	for _, p := range d.GetPollers() {
		workers[p.GetIdentity()] = &queues.Worker{Name: p.GetIdentity(), Beat: p.GetLastAccessTime().AsTime(), Quiet: quiet}
	}
	return workers, nil
}

// list returns the ids of calls that have not ended, and since when the oldest is there.
func (e *Engine) list(ctx context.Context) (ids []string, oldest time.Time, err error) {
	list, err := e.client.ListActivities(ctx, client.ListActivitiesOptions{Query: e.query("=")})
	if err != nil {
		return nil, oldest, fmt.Errorf("temporal: status: %w", err)
	}
	for a, err := range list.Results {
		if err != nil {
			return nil, oldest, fmt.Errorf("temporal: status: %w", err)
		}
		if oldest.IsZero() || a.ScheduleTime.Before(oldest) {
			oldest = a.ScheduleTime
		}
		if ids = append(ids, a.ActivityID); len(ids) == maxListed {
			break
		}
	}
	return ids, oldest, nil
}

// describeAll asks for calls, several at once. Those that have ended meanwhile are left out.
func (e *Engine) describeAll(ctx context.Context, ids []string) []*client.ActivityExecutionDescription {
	ids = ids[:min(len(ids), maxDescribed)]
	all := make([]*client.ActivityExecutionDescription, len(ids))
	var asking sync.WaitGroup
	for from := range describers {
		asking.Go(func() {
			for i := from; i < len(ids); i += describers {
				h := e.client.GetActivityHandle(client.GetActivityHandleOptions{ActivityID: ids[i]})
				if d, err := h.Describe(ctx, client.DescribeActivityOptions{IncludeHeartbeatDetails: true}); err == nil {
					all[i] = d
				}
			}
		})
	}
	asking.Wait()
	return slices.DeleteFunc(all, func(d *client.ActivityExecutionDescription) bool { return d == nil })
}

// addRunning adds a call to the worker that holds it, if one does.
func (e *Engine) addRunning(workers map[string]*queues.Worker, d *client.ActivityExecutionDescription) {
	if d.RunState != enums.PENDING_ACTIVITY_STATE_STARTED && d.RunState != enums.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED {
		return
	}
	w := workers[d.LastWorkerIdentity]
	if w == nil {
		w = &queues.Worker{Name: d.LastWorkerIdentity, Beat: d.LastStartedTime}
		workers[d.LastWorkerIdentity] = w
	}
	w.Held++
	if d.LastHeartbeatTime.After(w.Beat) {
		w.Beat = d.LastHeartbeatTime
	}
	var r record
	if d.HasHeartbeatDetails() {
		_ = d.GetHeartbeatDetails(&r) // what cannot be read has not begun
	}
	if r.Begun != d.Attempt {
		return
	}
	task, _ := d.GetSummary()
	id := strings.TrimPrefix(strings.TrimPrefix(d.ActivityID, e.cfg.activityID("")), "x.")
	w.Running = append(w.Running, queues.Call{Task: task, ID: id, Attempt: r.Starts, Since: d.LastStartedTime})
}
