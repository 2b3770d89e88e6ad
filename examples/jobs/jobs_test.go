package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// do asks a service that needs no connection.
func do(t *testing.T, h http.Handler, method, path string) (code int, s Status, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	_ = json.Unmarshal(w.Body.Bytes(), &s) // it may be no status
	return w.Code, s, w.Body.String()
}

// A job goes from the queue to its end, and tells how far it is.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(poolOptions(1, 1)...)
		defer p.Close()
		h := routes(NewRunner(p, 10))
		code, first, _ := do(t, h, "POST", "/jobs?steps=10")
		if code != 201 || first.ID != 1 {
			t.Fatalf("POST = %d, %+v", code, first)
		}
		synctest.Wait() // it is at work, and no longer in the queue
		if code, second, _ := do(t, h, "POST", "/jobs?steps=1"); code != 201 || second.State != "pending" {
			t.Errorf("a second POST = %d, %+v, want it pending", code, second)
		}
		if code, _, body := do(t, h, "POST", "/jobs?steps=1"); code != 429 || body != "too many jobs\n" {
			t.Errorf("a third POST = %d, %q, want 429", code, body)
		}
		time.Sleep(5*step + step/2)
		if _, s, _ := do(t, h, "GET", "/jobs/1"); s.State != "running" || s.Done != 5 || s.Total != 10 {
			t.Errorf("after five steps the job is %+v", s)
		}
		time.Sleep(10 * step)
		if _, s, _ := do(t, h, "GET", "/jobs/1"); s.State != "succeeded" || s.Done != 10 || s.Result != "counted to 10" || s.Error != "" {
			t.Errorf("at its end the job is %+v", s)
		}
		if _, s, _ := do(t, h, "GET", "/jobs/2"); s.State != "succeeded" {
			t.Errorf("at its end the second job is %+v", s)
		}
	})
}

// A pending job is cancelled at once; a running one ends when it notices, with the
// reason. What has ended stays as it is.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(poolOptions(1, 1)...)
		defer p.Close()
		h := routes(NewRunner(p, 10))
		do(t, h, "POST", "/jobs?steps=10")
		synctest.Wait()
		do(t, h, "POST", "/jobs?steps=10")
		for _, path := range []string{"/jobs/2", "/jobs/1"} {
			if code, _, _ := do(t, h, "DELETE", path); code != 202 {
				t.Errorf("DELETE %s = %d, want 202", path, code)
			}
		}
		synctest.Wait()
		if _, s, _ := do(t, h, "GET", "/jobs/1"); s.State != "failed" || s.Error != errUser.Error() {
			t.Errorf("the running job is %+v, want it failed: %v", s, errUser)
		}
		if _, s, _ := do(t, h, "GET", "/jobs/2"); s.State != "cancelled" || !strings.Contains(s.Error, errUser.Error()) {
			t.Errorf("the pending job is %+v, want it cancelled: %v", s, errUser)
		}
		if code, _, _ := do(t, h, "DELETE", "/jobs/1"); code != 409 {
			t.Errorf("DELETE of a job that has ended = %d, want 409", code)
		}
	})
}

// Only so many jobs that have ended are kept; those under way always are.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(poolOptions(2, 10)...)
		defer p.Close()
		r := NewRunner(p, 2)
		_, err := r.Start("long", count(1000))
		require.NoError(t, err)
		for range 4 {
			_, err := r.Start("short", count(1))
			require.NoError(t, err)
		}
		time.Sleep(20 * step)
		var ids []int
		for _, s := range r.Jobs() {
			ids = append(ids, s.ID)
		}
		require.Equal(t, []int{1, 4, 5}, ids)
		r.Cancel(1)
	})
}

func TestWrongRequests(t *testing.T) {
	p := pool.New(poolOptions(1, 1)...)
	h := routes(NewRunner(p, 10))
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"POST", "/jobs", 400}, {"POST", "/jobs?steps=0", 400}, {"POST", "/jobs?steps=x", 400}, {"PUT", "/jobs", 405},
		{"GET", "/jobs/1", 404}, {"GET", "/jobs/x", 404}, {"DELETE", "/jobs/1", 409}, {"GET", "/", 404},
	} {
		if code, _, body := do(t, h, c.method, c.path); code != c.code {
			t.Errorf("%s %s = %d, %q, want %d", c.method, c.path, code, body, c.code)
		}
	}
	p.Close()
	if code, _, body := do(t, h, "POST", "/jobs?steps=1"); code != 503 {
		t.Errorf("POST to a service that ends = %d, %q, want 503", code, body)
	}
}

// The whole program serves, and an interrupt gives its jobs time to end.
func TestProgram(t *testing.T) {
	p := exampletest.Start(t, "-addr", "localhost:0", "-drain", "1h")
	line, err := bufio.NewReader(p.Stdout).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	resp, err := http.Post(url+"/jobs?steps=2", "", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != "/jobs/1" {
		t.Errorf("POST = %s, %q", resp.Status, resp.Header.Get("Location"))
	}
	p.Interrupt()
	if _, errs, state := p.End(t); state.ExitCode() != console.OK || errs != exampletest.Noticed {
		t.Errorf("the interrupted program says %q and ends with %v, want status %d", errs, state, console.OK)
	}
}

// The page shows the job that runs.
func TestPage(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	errs, ended := new(exampletest.Looker), make(chan int, 1)
	out, in := io.Pipe()
	go func() { ended <- run(ctx, strings.Fields("-addr localhost:0 -page localhost:0 -drain 0s"), in, errs) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	resp, err := http.Post(strings.TrimSpace(strings.TrimPrefix(line, "listening on "))+"/jobs?steps=1000000", "", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	for body := ""; !strings.Contains(body, `<th scope="row">job</th>`); { // until it runs
		if body = errs.Page(t, "?once=1"); !strings.Contains(body, "<h3>jobs</h3>") {
			t.Fatalf("the page is %q, want one with the pool jobs", body)
		}
	}
	interrupt()
	if status := <-ended; status != console.Failed { // the job had no time to end
		t.Errorf("jobs = %d, %q, want %d", status, errs, console.Failed)
	}
}

// A listener tells when it is closed.
type listener struct {
	net.Listener
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Close() error {
	defer l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// A request under way when the service ends gets its answer.
func TestLastAnswers(t *testing.T) {
	p := pool.New(poolOptions(1, 1)...)
	l := &listener{Listener: httptest.NewUnstartedServer(nil).Listener, closed: make(chan struct{})}
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, p, NewRunner(p, 1), time.Hour, time.Hour) }()

	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	fmt.Fprint(c, "POST /jobs HTTP/1.1\r\nHost: jobs\r\nExpect: 100-continue\r\nContent-Length: 7\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")
	answers := bufio.NewReader(c)
	resp, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, resp.StatusCode) // the handler waits for the body
	interrupt()
	<-l.closed
	fmt.Fprint(c, "steps=1")
	resp, err = http.ReadResponse(answers, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("POST = %s, want 503", resp.Status)
	}
	require.NoError(t, <-ended)
}

// Jobs that take too long at the end are told so.
func TestDrainTooLong(t *testing.T) {
	p := pool.New(poolOptions(1, 1)...)
	r := NewRunner(p, 10)
	id, err := r.Start("long", count(1000))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := httptest.NewUnstartedServer(nil).Listener
	var left *pool.ShutdownError
	if err := serve(ctx, l, p, r, time.Millisecond, time.Hour); !errors.As(err, &left) || left.Running+left.Cancelled != 1 {
		t.Errorf("serve = %v, want that a job was left", err)
	}
	p.Close()
	if s, _ := r.Job(id); s.Error == "" {
		t.Errorf("the job is %+v, want an error", s)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range []string{"-workers 0", "-queue -1", "-keep -1", "-drain -1s", "more", "-nonsense"} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), strings.Fields(args), &out, &errs); status != console.Usage || errs.Len() == 0 {
			t.Errorf("jobs %s = %d, %q, want %d", args, status, errs.String(), console.Usage)
		}
	}
}
