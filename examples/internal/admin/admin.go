// Package admin shows the operators of a program what it does, on a port of its own.
package admin

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// Path is where the page is.
const Path = "/debug/millrace"

// Serve answers requests to addr with h until stop is called, and returns the URL of
// the server. An addr without a host is one of localhost: what h shows is not for the
// world.
func Serve(addr string, h http.Handler) (url string, stop func(), err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	if host == "" {
		addr = net.JoinHostPort("localhost", port)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // until it is closed
	}()
	return "http://" + l.Addr().String(), func() { _ = server.Close(); <-done }, nil
}

// A Page is the page of a program with one pool, or none: the zero value is a page that
// is not shown, and costs nothing.
type Page struct {
	page *observe.Page
	stop func()
}

// Open shows a page at addr until Close, and tells to where it is. With "" for an addr
// there is no page.
func Open(addr string, to io.Writer) (*Page, error) {
	if addr == "" {
		return &Page{}, nil
	}
	p := &Page{page: observe.NewPage()}
	mux := http.NewServeMux()
	mux.Handle(Path, p.page)
	url, stop, err := Serve(addr, mux)
	if err != nil {
		return nil, err
	}
	p.stop = stop
	fmt.Fprintf(to, "the page is at %s%s\n", url, Path)
	return p, nil
}

// Pool returns a pool that is on the page.
func (p *Page) Pool(opts ...millrace.PoolOption) *pool.Pool {
	if p.page == nil {
		return pool.New(opts...)
	}
	shown := pool.New(append(opts, millrace.WithObserver(p.page))...)
	p.page.Add(shown)
	return shown
}

// Close ends the page.
func (p *Page) Close() {
	if p.stop != nil {
		p.stop()
	}
}
