package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/stretchr/testify/require"
)

// crawled runs the program in this process, on a machine that may be slow.
func crawled(ctx context.Context, args ...string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	status = run(ctx, append([]string{"-timeout", "1h"}, args...), &out, &errs)
	return out.String(), errs.String(), status
}

// unlimited is a run that nothing slows down.
func unlimited(d *demo) config {
	return config{limits: limits{atOnce: 100, rate: 1e6}, workers: 100, max: 1e6, timeout: time.Hour, starts: d.starts()}
}

// still is a demo whose pages cost nothing.
func still(t *testing.T, pages int) *demo {
	t.Helper()
	d := newDemo(pages)
	t.Cleanup(d.close)
	d.work = func(int) {}
	return d
}

// Every page is visited once, and no other host, whatever the number of workers.
func TestEveryPageOnce(t *testing.T) {
	for _, workers := range []int{1, 3, 100} {
		d := still(t, 30)
		c := unlimited(d)
		c.workers = workers
		pages, err := crawl(t.Context(), c)
		require.NoError(t, err)
		if len(pages) != 90 || d.hits.Load() != 90 {
			t.Errorf("%d workers: %d pages with %d requests, want 90 of both", workers, len(pages), d.hits.Load())
		}
		for _, p := range pages {
			if p.status != 200 || p.err != nil || p.bytes == 0 {
				t.Errorf("page %+v", p)
			}
		}
		if !slices.IsSortedFunc(pages, func(a, b page) int { return strings.Compare(a.url, b.url) }) {
			t.Error("the pages are not sorted")
		}
	}
}

// One start reaches no other host, though it links there.
func TestOneHost(t *testing.T) {
	d := still(t, 10)
	c := unlimited(d)
	c.starts = c.starts[:1]
	pages, err := crawl(t.Context(), c)
	require.NoError(t, err)
	for _, p := range pages {
		if !strings.HasPrefix(p.url, d.hosts[0].URL+"/") {
			t.Errorf("%s was visited, want %s only", p.url, d.hosts[0].URL)
		}
	}
	if len(pages) != 10 {
		t.Errorf("%d pages, want 10", len(pages))
	}
}

// A redirection is a link: its target is visited once, and not at all if it is on another
// host.
func TestRedirections(t *testing.T) {
	elsewhere := still(t, 1)
	var hits atomic.Int64
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<a href="/moved"> <a href="/also"> <a href="/away"> <a href="/loop">`)
		case "/moved", "/also":
			http.Redirect(w, r, "/here#part", http.StatusFound)
		case "/away":
			http.Redirect(w, r, elsewhere.hosts[0].URL+"/0", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	}))
	defer host.Close()
	out, errs, status := crawled(t.Context(), "-host-rate", "1e6", host.URL+"/")
	if strings.Count(out, "302 ") != 4 || strings.Count(out, "200 ") != 2 || errs != "crawler: 6 pages\n" || status != console.OK {
		t.Errorf("crawler = %q, %q, %d, want two pages and four redirections", out, errs, status)
	}
	if n, away := hits.Load(), elsewhere.hits.Load(); n != 6 || away != 0 {
		t.Errorf("%d requests, and %d to another host, want 6 and none", n, away)
	}
}

// A host has no more requests at once than its limit, and others have theirs
// meanwhile.
func TestHostLimit(t *testing.T) {
	d := still(t, 20)
	var at, most [3]atomic.Int64
	d.work = func(host int) {
		n := at[host].Add(1)
		defer at[host].Add(-1)
		for m := most[host].Load(); n > m && !most[host].CompareAndSwap(m, n); {
			m = most[host].Load()
		}
		time.Sleep(time.Millisecond)
	}
	c := unlimited(d)
	c.atOnce = 2
	_, err := crawl(t.Context(), c)
	require.NoError(t, err)
	for host := range most {
		if n := most[host].Load(); n > 2 {
			t.Errorf("host %d had %d requests at once, want at most 2", host, n)
		}
	}
}

// A host whose rate is used up keeps the run waiting, and not the other hosts.
func TestHostRate(t *testing.T) {
	d := still(t, 10)
	c := unlimited(d)
	c.rate, c.atOnce = 200, 1
	begin := time.Now()
	pages, err := crawl(t.Context(), c)
	require.NoError(t, err)
	if atLeast := 9 * time.Second / 200; len(pages) != 30 || time.Since(begin) < atLeast {
		t.Errorf("10 pages of each host at 200 a second took %v, want at least %v", time.Since(begin), atLeast)
	}
}

func TestMax(t *testing.T) {
	c := unlimited(still(t, 30))
	c.max = 7
	if pages, err := crawl(t.Context(), c); err != nil || len(pages) != 7 {
		t.Errorf("crawl of at most 7 = %d pages, %v", len(pages), err)
	}
}

// What is not there, or does not answer, is reported, and the rest is visited.
func TestErrors(t *testing.T) {
	d := still(t, 3)
	const address = "http://127.0.0.1:0/0" // nobody can listen at port 0
	out, errs, status := crawled(t.Context(), "-host-rate", "1e6", d.hosts[0].URL+"/0", d.hosts[1].URL+"/nothing", address)
	if !strings.Contains(out, "404 ") || strings.Count(out, "200 ") != 6 || !strings.Contains(errs, address) || status != console.Failed {
		t.Errorf("crawler = %q, %q, %d, want 6 pages, one that is not there and one that does not answer", out, errs, status)
	}
}

// An interrupt ends the requests.
func TestInterrupt(t *testing.T) {
	d := still(t, 30)
	ctx, cancel := context.WithCancel(t.Context())
	d.work = func(int) {
		if d.hits.Load() >= 20 {
			cancel()
		}
	}
	out, errs, status := crawled(ctx, "-host-rate", "1e6", d.hosts[0].URL+"/0", d.hosts[1].URL+"/0")
	if out != "" || errs != "crawler: context canceled\n" || status != console.Interrupted {
		t.Errorf("crawler = %q, %q, %d, want nothing printed, %d", out, errs, status, console.Interrupted)
	}
}

func TestDemo(t *testing.T) {
	out, errs, status := crawled(t.Context(), "-demo", "-host-rate", "1e6", "-host-limit", "10")
	if strings.Count(out, "\n") != 60 || errs != "crawler: 60 pages\n" || status != console.OK {
		t.Errorf("crawler -demo = %d lines, %q, %d, want 60", strings.Count(out, "\n"), errs, status)
	}
}

func TestLinksIn(t *testing.T) {
	base, err := url.Parse("http://a.example/x/y")
	require.NoError(t, err)
	const text = `<a href="z">1</a> <A HREF = '/q?r=1#s'> <a href="//b.example/"> <a href="ftp://c.example/"> <a href="%zz"> <a hrefx="no">`
	got := fmt.Sprint(linksIn(base, text))
	if want := "[http://a.example/x/z http://a.example/q?r=1 http://b.example/]"; got != want {
		t.Errorf("linksIn = %s, want %s", got, want)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range []string{"", "-demo http://a.example/", "-workers 0 -demo", "-host-rate 0 -demo", "-max 0 -demo", "example.com", "ftp://a.example/", "http://%zz", "-nonsense"} {
		if out, errs, status := crawled(t.Context(), strings.Fields(args)...); out != "" || errs == "" || status != console.Usage {
			t.Errorf("crawler %s = %q, %q, %d, want %d", args, out, errs, status, console.Usage)
		}
	}
}
