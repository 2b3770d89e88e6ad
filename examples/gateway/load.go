package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A traffic is what a tenant sends: so many requests a second, whether they are
// answered or not, as clients that do not know of each other do.
type traffic struct {
	tenant   string
	priority string
	rate     float64 // requests a second
}

// trafficOf returns what the tenants send: the last one asks for rather more than
// the backend can do, the others for little.
func trafficOf(tenants []string) (all []traffic) {
	for _, name := range tenants[:len(tenants)-1] {
		all = append(all, traffic{name, "", 40})
	}
	return append(all, traffic{tenants[len(tenants)-1], "low", 600})
}

// patience is how long a client waits for an answer.
const patience = 2 * time.Second

// A got is what a tenant got.
type got struct {
	traffic
	sent      int
	refused   int             // 429 and 503
	failed    int             // anything else but 200, and no answer in time
	latencies []time.Duration // of those that were answered with 200, sorted
}

// quantile returns the latency that a share of the good answers stayed below.
func (g got) quantile(share float64) time.Duration {
	if len(g.latencies) == 0 {
		return 0
	}
	return g.latencies[int(share*float64(len(g.latencies)-1))]
}

// put puts load on the service at url for as long as d, and returns what each
// tenant got. A client waits for an answer no longer than patience. The clients are
// millrace's: futures whose outcomes are collected.
func put(ctx context.Context, url string, all []traffic, d, patience time.Duration) []got {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}, Timeout: patience}
	defer client.CloseIdleConnections()
	clients := pool.New(millrace.WithWorkers(1 << 20)) // as many as there are requests
	defer clients.Close()
	results := make([]got, len(all))
	_ = pool.Scope(ctx, clients, func(ctx context.Context, g *pool.Group) error {
		for i, t := range all {
			pool.Go(ctx, g, func(ctx context.Context) error {
				results[i] = send(ctx, clients, client, url, t, d)
				return nil
			})
		}
		return nil
	})
	return results
}

// send sends the requests of one tenant, at even intervals, and waits for their
// answers.
func send(ctx context.Context, ex pool.Executor, client *http.Client, url string, t traffic, d time.Duration) got {
	n := int(t.rate * d.Seconds())
	g, begin := got{traffic: t, sent: n}, time.Now()
	requests := func(yield func(int) bool) {
		for i := range n {
			due := time.Duration(float64(i) / t.rate * float64(time.Second))
			if sleep(ctx, time.Until(begin.Add(due))) != nil || !yield(i) {
				return
			}
		}
	}
	ask := func(ctx context.Context, i int) (answer, error) {
		return t.ask(ctx, client, fmt.Sprintf("%s/items/%d", url, i)), nil
	}
	for a, err := range pool.Map(ctx, ex, requests, ask, millrace.Unordered(), millrace.WithConcurrency(1<<20)) {
		if err == nil {
			g.count(a)
		}
	}
	slices.Sort(g.latencies)
	return g
}

// An answer is a status, 0 if there was none, and when it was there.
type answer struct {
	code  int
	after time.Duration
}

func (t traffic) ask(ctx context.Context, client *http.Client, url string) answer {
	begin := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}
	}
	req.Header.Set("X-Tenant", t.tenant)
	req.Header.Set("X-Priority", t.priority)
	resp, err := client.Do(req)
	if err != nil {
		return answer{}
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return answer{}
	}
	return answer{resp.StatusCode, time.Since(begin)}
}

func (g *got) count(a answer) {
	switch a.code {
	case http.StatusOK:
		g.latencies = append(g.latencies, a.after)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		g.refused++
	default:
		g.failed++
	}
}
