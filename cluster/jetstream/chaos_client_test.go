//go:build unix

package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

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
