// Package embedded runs a NATS server with JetStream in the program that calls it: a
// queue without anything to install. Other processes connect to it like to any
// server.
package embedded

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A Server is a NATS server in this process.
type Server struct {
	server *server.Server
	url    string
	remove string // a temporary directory
	unlock func() // lets go of the directory
}

// An Option configures a server.
type Option func(*config)

type config struct {
	host       string
	token      string
	open       bool
	tls        *tls.Config
	maxPayload int
}

// Listen makes the server listen on host, an address or name of this machine, in place
// of the loopback interface. Unless Token or Open says otherwise, clients then need a
// token, which is made up and is part of [Server.URL].
func Listen(host string) Option { return func(c *config) { c.host = host } }

// Token makes clients need this token.
func Token(token string) Option { return func(c *config) { c.token = token } }

// Open makes clients need no token, also on other interfaces than loopback. Every
// program that can connect can run tasks, and read inputs and outputs.
func Open() Option { return func(c *config) { c.open = true } }

// TLS makes the server accept connections with TLS only. It panics if cfg is nil.
func TLS(cfg *tls.Config) Option {
	if cfg == nil {
		panic("embedded: TLS(nil): want a configuration")
	}
	return func(c *config) { c.tls = cfg }
}

// The least is what a queue's own messages need, the most what the server keeps of one
// connection.
const leastPayload, mostPayload = 16 << 10, 64 << 20

// MaxPayload sets how many bytes a message may have; the default is 1 MiB. More than 8
// MiB is not advised: each is in memory several times. It panics if n is not
// 16 KiB to 64 MiB.
func MaxPayload(n int) Option {
	if n < leastPayload || n > mostPayload {
		panic(fmt.Sprintf("embedded: MaxPayload(%d): want %d to %d", n, leastPayload, mostPayload))
	}
	return func(c *config) { c.maxPayload = n }
}

const loopback = "127.0.0.1"

// ready is how long a server may take to start: one that reads a large store.
const ready = 30 * time.Second

// Start starts a server on the loopback interface, on a port, or any free one if port
// is 0. What is queued is stored in dir, and each write is synced to the disk before it is
// acknowledged. If dir is empty a temporary directory is used, nothing is
// synced, and Close removes it. Nil options are skipped.
//
// It returns an error with the reason if the server does not start: the port is taken, the
// directory cannot be written to, or another server uses it, which only systems with flock
// tell. It panics if port is not 0 to 65535.
//
// A server that cannot store any more, as on a disk that is full, says why in the standard logger of package log, at
// most once a minute.
func Start(dir string, port int, opts ...Option) (*Server, error) {
	if port < 0 || port > math.MaxUint16 {
		panic(fmt.Sprintf("embedded: Start: port %d, want 0 to %d", port, math.MaxUint16))
	}
	c := config{host: loopback, maxPayload: 1 << 20}
	for _, o := range opts {
		if o != nil {
			o(&c)
		}
	}
	if ip := net.ParseIP(c.host); c.token == "" && !c.open && c.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		c.token = rand.Text()
	}
	s := &Server{unlock: func() {}}
	o := &server.Options{
		Host: c.host, Port: port, JetStream: true, StoreDir: dir, SyncAlways: dir != "", MaxPayload: int32(c.maxPayload),
		Authorization: c.token, TLSConfig: c.tls, TLS: c.tls != nil, NoSigs: true, NoLog: true,
	}
	if port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if dir == "" {
		var err error
		if s.remove, err = os.MkdirTemp("", "millrace-nats-*"); err != nil {
			return nil, fmt.Errorf("embedded: %w", err)
		}
		o.StoreDir = s.remove
	}
	if err := s.start(o); err != nil {
		s.Close()
		return nil, fmt.Errorf("embedded: %w", err)
	}
	s.url = address(s.server.Addr().(*net.TCPAddr), c)
	return s, nil
}

func (s *Server) start(o *server.Options) (err error) {
	if s.unlock, err = lock(o.StoreDir); err != nil {
		return err
	}
	if s.server, err = server.NewServer(o); err != nil {
		return err
	}
	w := &witness{reason: make(chan string, 1)}
	s.server.SetLoggerV2(w, false, false, false)
	s.server.Start()
	select {
	case reason := <-w.reason:
		return errors.New(reason)
	default:
	}
	if !s.server.ReadyForConnections(ready) {
		return fmt.Errorf("the server does not start within %v", ready)
	}
	return nil
}

// address returns the URL at which others connect.
func address(listens *net.TCPAddr, c config) string {
	host := c.host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host, _ = os.Hostname()
	}
	u := url.URL{Scheme: "nats", Host: net.JoinHostPort(host, fmt.Sprint(listens.Port))}
	if c.tls != nil {
		u.Scheme = "tls"
	}
	if c.token != "" {
		u.User = url.User(c.token)
	}
	return u.String()
}

// URL returns where clients and workers connect, with the token if there is one.
func (s *Server) URL() string { return s.url }

// Close stops the server, and waits until it has stopped. Connections should be closed before.
func (s *Server) Close() {
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	s.unlock()
	if s.remove != "" {
		_ = os.RemoveAll(s.remove)
	}
}
