package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	njs "github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
)

// startCluster starts a cluster of servers, and returns them and their URLs. They choose their
// ports, and find each other through listeners that are there before them.
func startCluster(t *testing.T, n int) (servers []*server.Server, urls string) {
	t.Helper()
	var routes []*url.URL
	var doors []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		doors = append(doors, l)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	var all []string
	for i, door := range doors {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("server", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "servers", Host: "127.0.0.1", Port: server.RANDOM_PORT},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		go func() {
			for {
				conn, err := door.Accept()
				if err != nil {
					return
				}
				if at := s.ClusterAddr(); at != nil {
					go forward(conn, at.String())
				} else {
					_ = conn.Close() // it will be tried again
				}
			}
		}()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	for _, s := range servers {
		if !s.ReadyForConnections(patience) {
			t.Fatal("a server does not start")
		}
		all = append(all, s.ClientURL())
	}
	return servers, strings.Join(all, ",")
}

// lacksPeer reports whether servers have elected a leader before all of them were there.
func lacksPeer(err error) bool {
	var said *njs.APIError
	return errors.As(err, &said) && said.ErrorCode == 10005
}

// A queue that is stored on several servers outlives one of them, and what is known of its
// calls is asked of the server that leads, which lags behind none.
func TestReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts three servers")
	}
	servers, urls := startCluster(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cfg := jetstream.Config{Queue: "three", Replicas: 3}
	e, err := jetstream.Connect(ctx, urls, cfg) // before they have elected a leader
	for lacksPeer(err) {
		e, err = jetstream.Connect(ctx, urls, cfg)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	nc, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, _ := njs.New(nc)
	results, err := js.Stream(ctx, "MR_three_RESULTS")
	if err != nil {
		t.Fatal(err)
	}
	if cfg := results.CachedInfo().Config; cfg.AllowDirect || cfg.Replicas != 3 {
		t.Errorf("the stream of results has direct requests: %t, replicas: %d", cfg.AllowDirect, cfg.Replicas)
	}
	stop := startWorker(t, e, square)
	defer stop()
	c := cluster.NewClient(e)
	sum := 0
	for v, err := range square.Map(ctx, c, func(yield func(int) bool) {
		for i := range 200 {
			if i == 100 {
				servers[0].Shutdown()
			}
			if !yield(i) {
				return
			}
		}
	}) {
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	if want := 199 * 200 * 399 / 6; sum != want {
		t.Errorf("the sum is %d, want %d", sum, want)
	}
}
