package admin_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/pool"
)

// get returns the body of an answer, which must be a good one.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return string(body)
}

// The page says where it is, has the pool and its tasks, and ends.
func TestPage(t *testing.T) {
	var said bytes.Buffer
	page, err := admin.Open(":0", &said)
	require.NoError(t, err)
	where := regexp.MustCompile(`^the page is at (http://(127\.0\.0\.1|\[::1\]):\d+/debug/millrace)\n$`).FindStringSubmatch(said.String())
	require.NotNil(t, where, "it says %q", said.String())
	p := page.Pool(millrace.WithName("jobs"), millrace.WithWorkers(1))
	running, end := make(chan struct{}), make(chan struct{})
	f := pool.Go(t.Context(), p, func(context.Context) error { close(running); <-end; return nil }, millrace.WithTaskName("held"))
	<-running
	for _, want := range []string{"<h3>jobs</h3>", `<th scope="row">held</th>`} {
		if body := get(t, where[1]+"?once=1"); !strings.Contains(body, want) {
			t.Errorf("the page has no %s:\n%s", want, body)
		}
	}
	close(end)
	_, err = f.Await(t.Context())
	require.NoError(t, err)
	require.NoError(t, p.Close())
	page.Close()
	if resp, err := http.Get(where[1]); err == nil { // somebody else may listen there by now
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); bytes.Contains(body, []byte("millrace")) {
			t.Errorf("after Close the page answers %s", resp.Status)
		}
	}
}

// Without an address there is no page, and nothing is said.
func TestNoPage(t *testing.T) {
	var said bytes.Buffer
	page, err := admin.Open("", &said)
	require.NoError(t, err)
	defer page.Close()
	require.NoError(t, page.Pool().Close())
	require.Empty(t, said.String())
}

// An address that is taken, or none, is an error.
func TestWrongAddress(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer l.Close()
	for _, addr := range []string{"localhost", l.Addr().String()} {
		if _, err := admin.Open(addr, io.Discard); err == nil {
			t.Errorf("Open(%q) succeeds", addr)
		}
	}
}
