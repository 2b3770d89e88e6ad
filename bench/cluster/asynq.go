//go:build unix

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

var asynqSystem = &system{
	name: "asynq", notes: "on Redis, with snapshots. It has no results that come by themselves: workers push them to a list, which the submitter pops",
	start: startRedis, work: workAsynq, connect: connectAsynq, rerun: asynqRescue,
}

// asynqRescue is how long Asynq takes at most to run a call of a killed worker again: its lease
// is 30 s, 30 s more are for clocks, somebody looks once a minute, the call is then a retry,
// after 15 to 44 s, and retries are looked for every 5 s. None of these but the last two can
// be set.
const asynqRescue = 3 * time.Minute

// asynqLatency is how soon an idle worker looks for calls; the default is 1 s.
const asynqLatency = 10 * time.Millisecond

func results(client string) string { return "results:" + client }

func workAsynq(ctx context.Context, address string, stdout io.Writer) error {
	db := redis.NewClient(&redis.Options{Addr: address})
	defer db.Close()
	s := asynq.NewServer(asynq.RedisClientOpt{Addr: address}, asynq.Config{
		Concurrency: slots, TaskCheckInterval: asynqLatency, LogLevel: asynq.FatalLevel,
	})
	err := s.Start(asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		var j job
		if err := json.Unmarshal(t.Payload(), &j); err != nil {
			return err
		}
		r := result{N: j.N}
		v, err := j.do(ctx, func(n int) { fmt.Fprintln(stdout, n) })
		if r.Value = v; err != nil {
			r.Err = err.Error()
		}
		b, _ := json.Marshal(r) // numbers and a text
		if pushErr := db.RPush(context.WithoutCancel(ctx), results(j.Client), b).Err(); pushErr != nil {
			return pushErr
		}
		if err != nil {
			return errors.Join(err, asynq.SkipRetry)
		}
		return nil
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "ready")
	<-ctx.Done()
	s.Shutdown()
	return nil
}

type asynqClient struct {
	inbox
	name   string
	c      *asynq.Client
	i      *asynq.Inspector
	db     *redis.Client
	cancel context.CancelFunc
	read   sync.WaitGroup
}

func connectAsynq(ctx context.Context, address string) (client, error) {
	to := asynq.RedisClientOpt{Addr: address}
	c := &asynqClient{name: rand.Text(), c: asynq.NewClient(to), i: asynq.NewInspector(to), db: redis.NewClient(&redis.Options{Addr: address})}
	ctx, c.cancel = context.WithCancel(ctx)
	c.read.Go(func() { c.follow(ctx) })
	return c, nil
}

// follow pops results, many at once.
func (c *asynqClient) follow(ctx context.Context) {
	for ctx.Err() == nil {
		_, values, err := c.db.BLMPop(ctx, time.Second, "left", 100, results(c.name)).Result()
		if err != nil {
			continue // there was none
		}
		for _, v := range values {
			var r result
			if json.Unmarshal([]byte(v), &r) == nil {
				c.deliver(r)
			}
		}
	}
}

func (c *asynqClient) id(n int) string { return c.name + "." + strconv.Itoa(n) }

func (c *asynqClient) submit(ctx context.Context, j job) error {
	j.Client = c.name
	b, _ := json.Marshal(j) // numbers and a text
	_, err := c.c.EnqueueContext(ctx, asynq.NewTask("job", b), asynq.TaskID(c.id(j.N)))
	return err
}

// submitters is how many goroutines submit at once: Asynq takes calls one by one.
const submitters = 16

func (c *asynqClient) calls(ctx context.Context, n int) (int, error) {
	expected := make([]<-chan result, n)
	for i := range expected {
		expected[i] = c.expect(i)
	}
	errs := make([]error, submitters)
	var submitting sync.WaitGroup
	for from := range submitters {
		submitting.Go(func() {
			for i := from; i < n && errs[from] == nil; i += submitters {
				errs[from] = c.submit(ctx, job{N: i})
			}
		})
	}
	submitting.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	return sum(ctx, expected)
}

func (c *asynqClient) begin(ctx context.Context, j job) (handle, error) {
	p := pending{result: c.expect(j.N)}
	p.cancel = func(context.Context) error {
		if c.i.DeleteTask("default", c.id(j.N)) == nil { // it was queued
			c.deliver(result{N: j.N, Err: errAborted.Error()})
			return nil
		}
		return c.i.CancelProcessing(c.id(j.N))
	}
	return p, c.submit(ctx, j)
}

// tidy implements tidier: a call whose context has ended is a failed one, whatever its function
// returns.
func (c *asynqClient) tidy() error {
	_, err := c.i.DeleteAllRetryTasks("default")
	return err
}

func (c *asynqClient) close() {
	c.cancel()
	c.read.Wait()
	_ = c.c.Close()
	_ = c.i.Close()
	_ = c.db.Close()
}
