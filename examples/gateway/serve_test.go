package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"iter"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// serving starts a gateway as the program does, and returns what interrupts it and
// how it ended.
func serving(t *testing.T, s settings, b *fake) (g *gateway, url string, interrupt func(), ended <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	g = newGateway(s, b, discard(), quiet(t))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.serve(ctx, l) }()
	return g, "http://" + l.Addr().String(), cancel, done
}

// At its end the service answers what is under way, waiting calls too.
func TestDrain(t *testing.T) {
	gate := newGate()
	g, url, interrupt, ended := serving(t, patient(), &fake{do: gate.hold})
	running := later(t, "alice", "", url+"/items/1")
	<-gate.entered
	waiting := later(t, "alice", "", url+"/items/2")
	queued(t, g.pool, 1)
	interrupt()
	for get(t.Context(), "", "", url+"/healthz").err == nil { // until it does not listen any more
		continue
	}
	close(gate.opened)
	for _, r := range []reply{<-running, <-waiting} {
		if r.code != http.StatusOK {
			t.Errorf("a request under way = %d, %q, %v", r.code, r.body, r.err)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("serve = %v, want nil", err)
	}
}

// Calls that take too long at the end are ended, and answered.
func TestDrainTooLong(t *testing.T) {
	s, gate := patient(), newGate()
	s.drain = time.Millisecond
	g, url, interrupt, ended := serving(t, s, &fake{do: gate.hold})
	call := later(t, "alice", "", url+"/items/1")
	<-gate.entered
	waiting := later(t, "alice", "", url+"/items/2")
	queued(t, g.pool, 1)
	interrupt()
	for _, r := range []reply{<-call, <-waiting} {
		if r.code != http.StatusServiceUnavailable || r.body != "the service ends" {
			t.Errorf("a call that was ended = %d, %q, %v, want 503", r.code, r.body, r.err)
		}
	}
	undrained(t, ended)
}

// Streams are cut.
func TestDrainCutsStreams(t *testing.T) {
	s, entered := patient(), make(chan struct{})
	s.drain, s.last = time.Millisecond, time.Millisecond
	_, url, interrupt, ended := serving(t, s, &fake{chunks: func(ctx context.Context, _ string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			_ = yield("a part\n", nil)
			close(entered)
			<-ctx.Done()
			yield("", ctx.Err())
		}
	}})
	stream := later(t, "alice", "", url+"/streams/1")
	<-entered
	interrupt()
	if r := <-stream; r.err == nil {
		t.Errorf("a stream that was cut = %d, %q, want an error", r.code, r.body)
	}
	undrained(t, ended)
}

// undrained checks that a service says that it had to end requests.
func undrained(t *testing.T, ended <-chan error) {
	t.Helper()
	if err := <-ended; !errors.Is(err, errUndrained) || err.Error() != "requests were still under way after -drain 1ms" {
		t.Errorf("serve = %v, want %v", err, errUndrained)
	}
}

// onSlowMachine are flags with which nothing is late, and nothing slow.
var onSlowMachine = []string{"-addr", "localhost:0", "-retries", "20", "-timeout", "1h", "-max-wait", "1h", "-drain", "1h", "-slow", "1h"}

// The whole program serves, and an interrupt ends it.
func TestProgram(t *testing.T) {
	p := exampletest.Start(t, onSlowMachine...)
	line, err := bufio.NewReader(p.Stdout).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	if r := get(t.Context(), "alice", "high", url+"/items/7"); r.code != http.StatusOK || r.body != "item 7" {
		t.Errorf("GET = %d, %q, %v", r.code, r.body, r.err)
	}
	if r := get(t.Context(), "bob", "", url+"/streams/7"); r.code != http.StatusOK || strings.Count(r.body, "of item 7") != 5 {
		t.Errorf("GET = %d, %q, %v, want 5 chunks", r.code, r.body, r.err)
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
		"-tenants a,,b":            {console.Usage, "a name is empty"},
		"-tenants a,b,a":           {console.Usage, "a name is there twice"},
		"-workers 0":               {console.Usage, "-workers 0: want 1 or more"},
		"-queue 2":                 {console.Usage, "-queue 2: want a place for each tenant"},
		"-rate 0":                  {console.Usage, "-rate 0: want more than 0"},
		"-rate NaN":                {console.Usage, "-rate NaN: want more than 0"},
		"-burst 0":                 {console.Usage, "-burst 0: want 1 or more"},
		"-retries -1":              {console.Usage, "-retries -1: want 0 or more"},
		"-timeout 0s":              {console.Usage, "-timeout, -max-wait: want more than 0"},
		"-drain -1s":               {console.Usage, "-notice, -drain, -load, -slow: want 0 or more"},
		"-traces -load 1s":         {console.Usage, "want one of them"},
		"-admin nonsense":          {console.Failed, "gateway: address nonsense: missing port"},
		"more":                     {console.Usage, `there is no use for ["more"]`},
		"-nonsense":                {console.Usage, "not defined: -nonsense"},
		"-h":                       {console.OK, "usage: gateway [flags]"},
		"-addr localhost:nonsense": {console.Failed, "gateway: listen tcp:"},
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), strings.Fields(args), &out, &errs)
		if status != want.status || !strings.Contains(errs.String(), want.says) || out.Len() != 0 {
			t.Errorf("gateway %s = %d, %q, %q, want %d, %q", args, status, out.String(), errs.String(), want.status, want.says)
		}
	}
}
