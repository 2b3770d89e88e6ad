package jetstream_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster/jetstream"
)

// Connect waits for a server that takes connections and does not answer them yet, cuts them, or is so late that
// it asks whether the client is there, or takes the client for one that is late.
func TestConnectToLateServer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for name, early := range map[string]func(net.Conn){
		"silent":     func(net.Conn) {},
		"cuts":       func(c net.Conn) { _ = c.Close() },
		"asks first": func(c net.Conn) { _, _ = io.WriteString(c, "INFO {\"max_payload\":1048576}\r\nPING\r\n") },
		"wants token": func(c net.Conn) {
			_, _ = io.WriteString(c, "INFO {\"max_payload\":1048576}\r\n-ERR 'Authentication Timeout'\r\n")
		},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			first, err := l.Accept()
			if err != nil {
				return
			}
			defer first.Close()
			early(first)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go forward(conn, strings.TrimPrefix(s.URL(), "nats://"))
			}
		}()
		e := connect(t, "nats://"+l.Addr().String(), jetstream.Config{Options: []nats.Option{nats.Timeout(time.Second)}})
		if err := e.Close(); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	}
}

// When ctx ends first, Connect says what the server did not do, and why it gave up: on one line.
func TestConnectToNobody(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	_, err := jetstream.Connect(ctx, "nats://127.0.0.1:0", jetstream.Config{}) // nobody can listen at port 0
	if !errors.Is(err, enough) || !errors.Is(err, nats.ErrNoServers) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Connect = %v, want no servers, and enough", err)
	}
}

// forward makes a connection one with address.
func forward(conn net.Conn, address string) {
	defer conn.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, conn); _ = to.Close() }()
	_, _ = io.Copy(conn, to)
}

// Servers of a cluster that elect a leader say so, or nothing: they are asked again. All else is their answer.
func TestServersElectLeader(t *testing.T) {
	electing := &njs.APIError{Code: 503, ErrorCode: 10008}
	for _, answers := range [][]error{{electing, context.DeadlineExceeded, electing, nil}, {electing, njs.ErrJetStreamNotEnabled}} {
		asked := 0
		err := jetstream.UntilAnswered(t.Context(), func(context.Context) error {
			asked++
			return answers[asked-1]
		})
		if last := answers[len(answers)-1]; asked != len(answers) || !errors.Is(err, last) {
			t.Errorf("asked %d times, the last answer is %v, want %v after %d", asked, err, last, len(answers))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := jetstream.UntilAnswered(ctx, func(context.Context) error { cancel(); return electing }); !errors.Is(err, electing) {
		t.Errorf("at the end of ctx: %v, want what was said last", err)
	}
}
