package jetstream_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster/jetstream"
)

// Connect waits for a server that takes connections and does not answer them yet.
func TestConnectToLateServer(t *testing.T) {
	s := startServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		silent, err := l.Accept()
		if err != nil {
			return
		}
		defer silent.Close()
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
		t.Error(err)
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
