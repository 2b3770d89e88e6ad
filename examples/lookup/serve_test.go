package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// A service is a call of serve, and a request to it whose first lookup is under
// way.
type service struct {
	url       string
	h         *handler
	interrupt func()
	ended     chan error
	reply     chan reply
}

type reply struct {
	code int
	body string
	err  error
}

// underWay starts a service with one worker. Its first lookup is given, the other two of
// the request are queued.
func underWay(t *testing.T, profile backend, drain time.Duration) *service {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	entered := make(chan struct{})
	first := func(ctx context.Context, user string) (string, error) {
		close(entered)
		return profile(ctx, user)
	}
	s := &service{
		url: "http://" + l.Addr().String() + "/",
		h: &handler{
			pool: pool.New(millrace.WithWorkers(1)), log: slog.New(slog.DiscardHandler), timeout: time.Hour,
			profile: first, orders: says("o"), balance: says("b"),
		},
		ended: make(chan error, 1),
		reply: make(chan reply, 1),
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.interrupt = cancel
	go func() { s.ended <- serve(ctx, l, s.h, drain, time.Hour) }()
	go func() {
		code, body, err := get(t.Context(), s.url+"?user=ada")
		s.reply <- reply{code, body, err}
	}()
	<-entered
	queued(t, s.h.pool, 2)
	return s
}

// An interrupt has the request under way answered, and no new one taken.
func TestDrain(t *testing.T) {
	release := make(chan struct{})
	s := underWay(t, func(context.Context, string) (string, error) { <-release; return "p", nil }, time.Hour)
	s.interrupt()
	for { // until the listener is closed; what is asked needs no lookup, which would wait for release
		if _, _, err := get(t.Context(), s.url); err != nil {
			break
		}
	}
	select {
	case err := <-s.ended:
		t.Errorf("serve = %v with a request under way", err)
	default:
	}
	close(release)
	if r, want := <-s.reply, `{"profile":"p","orders":"o","balance":"b"}`; r.code != http.StatusOK || r.body != want {
		t.Errorf("the request under way got %+v, want %s", r, want)
	}
	if err := <-s.ended; err != nil || s.h.pool.Err() != pool.ErrClosed {
		t.Errorf("serve = %v, and the pool's Err = %v, want nil and %v", err, s.h.pool.Err(), pool.ErrClosed)
	}
}

// A request that takes longer than the service has is ended: what runs of it
// sees its context end, what is queued never runs.
func TestDrainTooLong(t *testing.T) {
	running, cause := make(chan struct{}, 1), make(chan error, 1)
	s := underWay(t, untilEnd(running, cause), time.Millisecond)
	s.interrupt()
	if err := <-cause; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lookup under way ended with %v, want %v", err, context.DeadlineExceeded)
	}
	if r := <-s.reply; r.code != http.StatusServiceUnavailable || r.body != "shutting down" {
		t.Errorf("the request under way got %+v, want %d", r, http.StatusServiceUnavailable)
	}
	var left *pool.ShutdownError
	err, says := <-s.ended, "requests were still under way after -drain 1ms: of their lookups, 1 was ended and 2 never ran"
	if !errors.As(err, &left) || err.Error() != says {
		t.Errorf("serve = %v, want %q", err, says)
	}
	if s := s.h.pool.Stats(); s.Cancelled != 2 {
		t.Errorf("Stats() = %+v, want the two queued lookups cancelled", s)
	}
}

// The whole program serves, drains and ends.
func TestProgram(t *testing.T) {
	p := exampletest.Start(t, "-addr", "localhost:0", "-timeout", "1h", "-drain", "1h")
	line, err := bufio.NewReader(p.Stdout).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	code, body, err := get(t.Context(), url+"/?user=ada")
	if want := `{"profile":"profile of ada","orders":"orders of ada","balance":"balance of ada"}`; code != http.StatusOK || body != want {
		t.Errorf("GET = %d, %q, %v, want %s", code, body, err, want)
	}
	p.Interrupt()
	if _, errs, state := p.End(t); state.ExitCode() != console.OK || errs != exampletest.Noticed {
		t.Errorf("the interrupted program says %q and ends with %v, want status %d", errs, state, console.OK)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"-workers 0":               {console.Usage, "lookup: -workers 0: want 1 or more\n"},
		"-timeout 0s":              {console.Usage, "lookup: -timeout 0s: want more than 0\n"},
		"-drain -1s":               {console.Usage, "lookup: -drain -1s: want 0 or more\n"},
		"more":                     {console.Usage, `lookup: there is no use for ["more"]`},
		"-nonsense":                {console.Usage, "not defined: -nonsense"},
		"-h":                       {console.OK, "usage: lookup [flags]"},
		"-addr localhost:nonsense": {console.Failed, "lookup: listen tcp:"},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), strings.Fields(args), &out, &errs)
		if status != want.status || !strings.Contains(errs.String(), want.says) || out.Len() != 0 {
			t.Errorf("lookup %s = %d, %q, %q, want %d, %q", args, status, out.String(), errs.String(), want.status, want.says)
		}
	}
}
