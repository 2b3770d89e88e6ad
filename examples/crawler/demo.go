package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// A demo is a site of several hosts, each with so many pages that link to one
// another, to those of the next host, to themselves and to what does not exist.
type demo struct {
	hosts []*httptest.Server
	pages int
	hits  atomic.Int64
	work  func(host int) // of a request
}

func newDemo(pages int) *demo {
	d := &demo{pages: pages, work: func(int) { time.Sleep(10 * time.Millisecond) }}
	for i := range 3 {
		d.hosts = append(d.hosts, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, i) })))
	}
	return d
}

func (d *demo) serve(w http.ResponseWriter, r *http.Request, host int) {
	d.hits.Add(1)
	d.work(host)
	n, err := strconv.Atoi(r.URL.Path[1:])
	if err != nil && r.URL.Path != "/" || n < 0 || n >= d.pages {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	next := d.hosts[(host+1)%len(d.hosts)].URL
	fmt.Fprintf(w, `<a href="/%d">twice</a> <a href='%d#part'>and one</a> <a href="%s/%d">next host</a>
		<a href="/%d">this page</a> <a href="mailto:x@example.com">mail</a> <a href="http://elsewhere.example/">elsewhere</a>`,
		2*n%d.pages, (n+1)%d.pages, next, n, n)
}

// starts returns the first page of each host.
func (d *demo) starts() (all []*url.URL) {
	for _, host := range d.hosts {
		u, _ := url.Parse(host.URL + "/0") // which is one
		all = append(all, u)
	}
	return all
}

func (d *demo) close() {
	for _, host := range d.hosts {
		host.Close()
	}
}
