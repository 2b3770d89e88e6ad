package main

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A page is what there was at an address.
type page struct {
	url    string
	status int
	bytes  int
	err    error // why it could not be had
}

// A crawler is one run.
type crawler struct {
	config
	client *http.Client

	mu struct {
		sync.Mutex
		hosts map[string]*pool.Group // those that may be visited
		seen  map[string]bool
		pages []page
	}
}

// crawl visits the pages that can be reached from c.starts, and returns them sorted
// by address. The error is that ctx has ended.
func crawl(ctx context.Context, c config) ([]page, error) {
	p := pool.New(millrace.WithWorkers(c.workers), millrace.WithName("crawler"))
	defer p.Close()
	cr := &crawler{config: c, client: &http.Client{Timeout: c.timeout, CheckRedirect: stay}}
	defer cr.client.CloseIdleConnections()
	cr.mu.hosts, cr.mu.seen = map[string]*pool.Group{}, map[string]bool{}

	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		for _, u := range c.starts {
			cr.mu.hosts[u.Host] = pool.NewGroup(ctx, g, millrace.WithLimit(c.atOnce), millrace.WithRate(c.rate, c.atOnce), millrace.IgnoreErrors())
		}
		for _, u := range c.starts {
			cr.visit(ctx, u)
		}
		return nil
	}, millrace.IgnoreErrors())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	pages := cr.mu.pages
	slices.SortFunc(pages, func(a, b page) int { return cmp.Compare(a.url, b.url) })
	return pages, err
}

// stay makes the client return a redirection as it is. Its target is a page like any other: it
// is visited if its host may be, within the limits of that host.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// visit submits a task that fetches a page, if the page is on one of the hosts and
// new. The task is a member of its host's group, whose limit and rate it waits for
// without a slot, and so a member of the scope, which waits for it. The task that
// found the link gives its own context and returns: the groups of all hosts are made
// over that of the scope, so the new task lives as long as its host's group.
func (c *crawler) visit(ctx context.Context, u *url.URL) {
	if host := c.take(u); host != nil {
		pool.Go(ctx, host, func(ctx context.Context) error {
			c.fetch(ctx, u)
			return nil
		})
	}
}

// take returns the group of a page's host, nil if the page is not to be visited.
func (c *crawler) take(u *url.URL) *pool.Group {
	c.mu.Lock()
	defer c.mu.Unlock()
	host := c.mu.hosts[u.Host]
	if host == nil || c.mu.seen[u.String()] || len(c.mu.seen) == c.max {
		return nil
	}
	c.mu.seen[u.String()] = true
	return host
}

// fetch gets a page, and has those visited that it links to.
func (c *crawler) fetch(ctx context.Context, u *url.URL) {
	p, links := get(ctx, c.client, u)
	c.mu.Lock()
	c.mu.pages = append(c.mu.pages, p)
	c.mu.Unlock()
	for _, link := range links {
		c.visit(ctx, link)
	}
}
