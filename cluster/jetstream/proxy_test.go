package jetstream_test

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// A proxy is what connections to a server go through, so that a test can disturb them.
type proxy struct {
	l  net.Listener
	to string

	mu      sync.Mutex
	conns   []net.Conn
	stalled chan struct{} // not nil: what the server says waits until it is closed
}

func startProxy(t *testing.T, url string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: strings.TrimPrefix(url, "nats://")}
	t.Cleanup(func() { p.down() })
	go p.accept(l)
	return p
}

func (p *proxy) url() string { return "nats://" + p.l.Addr().String() }

func (p *proxy) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, near, far)
		p.mu.Unlock()
		go p.copy(far, near, false)
		go p.copy(near, far, true)
	}
}

func (p *proxy) copy(to, from net.Conn, back bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		p.mu.Lock()
		stalled := p.stalled
		p.mu.Unlock()
		if back && stalled != nil {
			<-stalled
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// stall keeps what the server says from coming, until the connections are cut: then it is lost.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = make(chan struct{})
}

// cut ends the connections. New ones can be made.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled != nil {
		close(p.stalled)
		p.stalled = nil
	}
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// down is cut, and no new ones can be made until up.
func (p *proxy) down() {
	_ = p.l.Close()
	p.cut()
}

func (p *proxy) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", p.l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p.l = l
	go p.accept(l)
}
