//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

var riverSystem = &system{
	name: "river", notes: "on PostgreSQL, what is committed is on the disk. The submitter polls the table for results",
	start: startPostgres, work: workRiver, connect: connectRiver,
	rescue: "after an hour, by RescueStuckJobsAfter of river.Config; not at all if the job has no timeout, as here",
}

// Kind implements river.JobArgs.
func (job) Kind() string { return "job" }

const (
	riverLatency = river.FetchCooldownMin // between two fetches of a worker; the default is 100 ms
	riverPoll    = 5 * time.Millisecond   // between two looks for results
	riverBatch   = 500                    // calls in an insert
)

type riverWorker struct {
	river.WorkerDefaults[job]
	stdout io.Writer
}

func (w *riverWorker) Timeout(*river.Job[job]) time.Duration { return -1 } // none

func (w *riverWorker) Work(ctx context.Context, j *river.Job[job]) error {
	v, err := j.Args.do(ctx, func(n int) { fmt.Fprintln(w.stdout, n) })
	if err != nil {
		return river.JobCancel(err)
	}
	return river.RecordOutput(ctx, v)
}

var silent = slog.New(slog.DiscardHandler)

func workRiver(ctx context.Context, address string, stdout io.Writer) error {
	db, err := pgxpool.New(ctx, address)
	if err != nil {
		return err
	}
	defer db.Close()
	ws := river.NewWorkers()
	river.AddWorker(ws, &riverWorker{stdout: stdout})
	c, err := river.NewClient(riverpgxv5.New(db), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: slots}}, Workers: ws, FetchCooldown: riverLatency, Logger: silent,
	})
	if err != nil {
		return err
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "ready")
	<-ctx.Done()
	return c.Stop(context.WithoutCancel(ctx))
}

type riverClient struct {
	inbox
	name   string
	db     *pgxpool.Pool
	c      *river.Client[pgx.Tx]
	cancel context.CancelFunc
	read   sync.WaitGroup
}

func connectRiver(ctx context.Context, address string) (client, error) {
	db, err := pgxpool.New(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, err
	}
	rc, err := river.NewClient(riverpgxv5.New(db), &river.Config{Logger: silent})
	if err != nil {
		return nil, err
	}
	c := &riverClient{name: rand.Text(), db: db, c: rc}
	ctx, c.cancel = context.WithCancel(ctx)
	c.read.Go(func() { c.follow(ctx) })
	return c, nil
}

// migrate makes the tables.
func migrate(ctx context.Context, db *pgxpool.Pool) error {
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) { // the server may still be starting
		err := db.Ping(ctx)
		if err == nil {
			break
		}
		if time.Since(began) > patience {
			return err
		}
	}
	m, err := rivermigrate.New(riverpgxv5.New(db), &rivermigrate.Config{Logger: silent})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// follow looks for jobs that have ended since the last look, and a little before. A worker that
// stood still may say so later: once nothing has come for a second, it looks at all.
func (c *riverClient) follow(ctx context.Context) {
	seen := map[int64]bool{}
	began := time.Now().Add(-time.Second)
	since, news := began, began
	for ctx.Err() == nil {
		from, known := since, len(seen)
		if c.waits() && time.Since(news) > time.Second {
			from, news = began, time.Now()
		}
		latest, err := c.look(ctx, from, seen)
		if len(seen) > known {
			news = time.Now()
		}
		if err == nil && latest.Add(-time.Second).After(since) {
			since = latest.Add(-time.Second)
		}
		time.Sleep(riverPoll)
	}
}

func (c *riverClient) look(ctx context.Context, since time.Time, seen map[int64]bool) (latest time.Time, err error) {
	rows, err := c.db.Query(ctx, `SELECT id, args, state::text, metadata->'output', finalized_at FROM river_job
		WHERE state IN ('completed', 'cancelled', 'discarded') AND finalized_at >= $1`, since)
	if err != nil {
		return latest, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id           int64
			args, output []byte
			state        string
			at           time.Time
			j            job
			r            result
		)
		if err := rows.Scan(&id, &args, &state, &output, &at); err != nil {
			return latest, err
		}
		if at.After(latest) {
			latest = at
		}
		if seen[id] || json.Unmarshal(args, &j) != nil || j.Client != c.name {
			continue
		}
		seen[id] = true
		r.N = j.N
		if state != "completed" {
			r.Err = errAborted.Error()
		} else if json.Unmarshal(output, &r.Value) != nil {
			r.Err = "no output"
		}
		c.deliver(r)
	}
	return latest, rows.Err()
}

func (c *riverClient) calls(ctx context.Context, n int) (int, error) {
	var expected []<-chan result
	for from := 0; from < n; from += riverBatch {
		var jobs []river.InsertManyParams
		for i := from; i < min(n, from+riverBatch); i++ {
			expected = append(expected, c.expect(i))
			jobs = append(jobs, river.InsertManyParams{Args: job{Client: c.name, N: i}})
		}
		if _, err := c.c.InsertManyFast(ctx, jobs); err != nil {
			return 0, err
		}
	}
	return sum(ctx, expected)
}

func (c *riverClient) begin(ctx context.Context, j job) (handle, error) {
	j.Client = c.name
	p := pending{result: c.expect(j.N)}
	in, err := c.c.Insert(ctx, j, nil)
	if err != nil {
		return nil, err
	}
	p.cancel = func(ctx context.Context) error {
		_, err := c.c.JobCancel(ctx, in.Job.ID)
		return err
	}
	return p, nil
}

func (c *riverClient) close() {
	c.cancel()
	c.read.Wait()
	c.db.Close()
}
