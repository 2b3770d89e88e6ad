package jetstream_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A proxy is what connections to a server go through, so that a test can disturb them.
type proxy struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	shut  bool // new connections end at once
	conns []net.Conn
	lane  *lane  // of new connections
	point string // what a client says when its connection is to stall
	heard bool   // the server hears that

	ahead time.Duration // of the server's clock, as it seems here
}

// A lane is what connections have in common that were made between two disturbances.
type lane struct {
	stalled, frozen bool          // the answers do not come; nothing does
	late            chan struct{} // closed when the answers that did not come do
	over            chan struct{} // closed when what is held back is lost
}

func newLane() *lane { return &lane{late: make(chan struct{}), over: make(chan struct{})} }

func startProxy(t *testing.T, url string) *proxy { return startProxyAhead(t, url, 0) }

// startProxyAhead starts a proxy on which the server's clock seems ahead, by whole hours.
func startProxyAhead(t *testing.T, url string, ahead time.Duration) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: strings.TrimPrefix(url, "nats://"), lane: newLane(), ahead: ahead}
	t.Cleanup(func() { p.down(); _ = l.Close() })
	go p.accept()
	return p
}

func (p *proxy) url() string { return "nats://" + p.l.Addr().String() }

func (p *proxy) accept() {
	for {
		near, err := p.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.mu.Lock()
		if p.shut {
			p.mu.Unlock()
			_, _ = near.Close(), far.Close()
			continue
		}
		p.conns = append(p.conns, near, far)
		on := p.lane
		p.mu.Unlock()
		go p.copy(on, far, near, false)
		go p.copy(on, near, p.shifted(far), true)
	}
}

func (p *proxy) copy(on *lane, to, from net.Conn, back bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		p.mu.Lock()
		if !back && p.point != "" && bytes.Contains(b[:n], []byte(p.point)) {
			on.stalled, on.frozen, p.point = true, !p.heard, ""
		}
		held, late := on.frozen || back && on.stalled, on.late
		p.mu.Unlock()
		if held {
			select {
			case <-on.over:
				return
			case <-late:
			}
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// shifted returns a connection on which the server's times are as ahead says.
func (p *proxy) shifted(c net.Conn) net.Conn {
	if p.ahead == 0 {
		return c
	}
	return &shifted{Conn: c, lines: bufio.NewReaderSize(c, 64<<10), by: p.ahead}
}

type shifted struct {
	net.Conn
	lines *bufio.Reader
	by    time.Duration
	rest  []byte
}

var (
	timeOfDelivery = regexp.MustCompile(`(\$JS\.ACK\.\S+\.)(\d{19})\.`)
	timeInAnswer   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`)
)

// Read implements net.Conn. A line keeps its length, which the line before it may tell.
func (s *shifted) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		line, err := s.lines.ReadBytes('\n')
		if err != nil {
			return 0, err
		}
		line = timeOfDelivery.ReplaceAllFunc(line, func(old []byte) []byte {
			m := timeOfDelivery.FindSubmatch(old)
			at, _ := strconv.ParseInt(string(m[2]), 10, 64)
			return fmt.Appendf(nil, "%s%d.", m[1], at+int64(s.by))
		})
		s.rest = timeInAnswer.ReplaceAllFunc(line, func(old []byte) []byte {
			at, err := time.Parse("2006-01-02T15:04:05", string(old))
			if err != nil {
				return old
			}
			return at.Add(s.by).AppendFormat(nil, "2006-01-02T15:04:05")
		})
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// stall keeps what the server says from coming, until the connections are cut: then it is lost.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane.stalled = true
}

// stallAt is stall, from when a client says this on.
func (p *proxy) stallAt(point string) { p.standAt(point, true) }

// standAt has the connections of a client stall when it says this: when the server has heard it, or
// before. Then the server hears nothing more of them either.
func (p *proxy) standAt(point string, heard bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.point, p.heard = point, heard
}

// stalls reports whether the connections do.
func (p *proxy) stalls() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lane.stalled
}

// goOn ends a stall: what was held back comes.
func (p *proxy) goOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane.stalled = false
	close(p.lane.late)
	p.lane.late = make(chan struct{})
}

// freeze has the connections stand still: they stay, and nothing comes through any more. New
// ones are not concerned.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lane.frozen = true
	p.lane = &lane{late: make(chan struct{}), over: p.lane.over}
}

// cut ends the connections. New ones can be made.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.lane.over)
	p.lane = newLane()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// down is cut, and new ones are cut too, until up. The proxy goes on listening: somebody else
// might get its port.
func (p *proxy) down() {
	p.shuts(true)
	p.cut()
}

func (p *proxy) up() { p.shuts(false) }

func (p *proxy) shuts(shut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = shut
}
