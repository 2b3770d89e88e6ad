package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
)

// told serves a gateway with a telemetry, and what an administrator sees of it, on real
// connections, until end is called or the test ends.
func told(t *testing.T, s settings, b *fake, log *slog.Logger, spans io.Writer) (url, admin string, end func()) {
	t.Helper()
	tele, err := newTelemetry(log, time.Hour, spans)
	require.NoError(t, err)
	g := newGateway(s, b, log, tele)
	server, adminServer := httptest.NewServer(g.routes()), httptest.NewServer(tele.routes())
	end = sync.OnceFunc(func() {
		adminServer.Close()
		server.Close() // when all requests have ended
		require.NoError(t, g.pool.Close())
		require.NoError(t, tele.close())
	})
	t.Cleanup(end)
	return server.URL, adminServer.URL, end
}

// scrape returns the metrics at url, as the official parser reads them, by name.
func scrape(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	r := get(t.Context(), "", "", url)
	require.Equal(t, http.StatusOK, r.code, r.body)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(r.body + "\n"))
	require.NoError(t, err)
	return families
}

// durations returns how many calls have ended, by the type of their error.
func durations(families map[string]*dto.MetricFamily) map[string]uint64 {
	n := map[string]uint64{}
	for _, m := range families["millrace_task_duration_seconds"].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		if labels["millrace_pool_name"] == "gateway" && labels["millrace_task_name"] == "item" {
			n[labels["error_type"]] += m.GetHistogram().GetSampleCount()
		}
	}
	return n
}

// The page shows the call that runs, with its stack, those that wait, and what has
// failed; so do the metrics and the log.
func TestTelemetry(t *testing.T) {
	gate := newGate()
	b := &fake{do: func(ctx context.Context, item string) (string, error) {
		switch item {
		case "bad":
			return "", errors.New("no such item")
		case "bug":
			panic("a bug in the service")
		}
		return gate.hold(ctx, item)
	}}
	var log bytes.Buffer
	url, admin, _ := told(t, patient(), b, slog.New(slog.NewTextHandler(&log, nil)), nil)
	for item, code := range map[string]int{"bad": http.StatusBadGateway, "bug": http.StatusInternalServerError} {
		require.Equal(t, code, get(t.Context(), "alice", "", url+"/items/"+item).code, item)
	}
	running := later(t, "alice", "", url+"/items/1")
	<-gate.entered
	waiting := later(t, "noisy", "", url+"/items/2")

	var page struct {
		Pools []struct {
			Name            string
			Running, Queued int
		}
		Tasks    []struct{ Name, Pool, Stack string }
		Failures []struct {
			Kind, Error string
			Count       int
		}
	}
	for ask := true; ask; ask = page.Pools[0].Queued == 0 { // until the second call waits
		r := get(t.Context(), "", "", admin+"/debug/millrace?format=json&stacks=1")
		require.Equal(t, http.StatusOK, r.code)
		require.NoError(t, json.Unmarshal([]byte(r.body), &page))
		require.Len(t, page.Pools, 1)
	}
	if p := page.Pools[0]; p.Name != "gateway" || p.Running != 1 || p.Queued != 1 {
		t.Errorf("the page has the pool %+v, want gateway with one call that runs and one that waits", p)
	}
	if len(page.Tasks) != 1 || page.Tasks[0].Name != "item" || !strings.Contains(page.Tasks[0].Stack, "(*gate).hold") {
		t.Errorf("the page has the tasks %+v, want an item with its stack", page.Tasks)
	}
	kinds := map[string]string{}
	for _, f := range page.Failures {
		kinds[f.Kind] = f.Error
	}
	if len(kinds) != 2 || kinds["_OTHER"] != "no such item" || !strings.Contains(kinds["panic"], "a bug in the service") {
		t.Errorf("the page has the failures %v, want the error and the panic", kinds)
	}
	if n := durations(scrape(t, admin+"/metrics")); n["_OTHER"] != 1 || n["panic"] != 1 || n[""] != 0 {
		t.Errorf("the metrics have the calls %v, want an error and a panic", n)
	}
	close(gate.opened)
	for _, r := range []reply{<-running, <-waiting} {
		require.Equal(t, http.StatusOK, r.code)
	}
	if n := durations(scrape(t, admin+"/metrics")); n[""] != 2 {
		t.Errorf("the metrics have the calls %v, want two good ones", n)
	}
	if !strings.Contains(log.String(), `level=ERROR msg="task panicked" pool=gateway task=item value="a bug in the service" stack=`) {
		t.Errorf("the log has no panic:\n%s", log.String())
	}
}

// A span is what the tests read of one.
type span struct {
	Name        string
	SpanContext struct{ TraceID, SpanID string }
	Parent      struct{ TraceID, SpanID string }
	Status      struct{ Code, Description string }
}

// spansOf returns the spans in an output, and the lines of it that are none.
func spansOf(t *testing.T, out string) (spans []span, rest []string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "{") {
			rest = append(rest, line)
			continue
		}
		var s span
		require.NoError(t, json.Unmarshal([]byte(line), &s))
		spans = append(spans, s)
	}
	return spans, rest
}

// Each attempt of a call is a span within that of its request.
func TestSpans(t *testing.T) {
	tries := 0
	b := &fake{do: func(context.Context, string) (string, error) {
		if tries++; tries < 3 {
			return "", errUnavailable
		}
		return "good", nil
	}}
	s := patient()
	s.retries = 3
	var out bytes.Buffer
	url, _, end := told(t, s, b, discard(), &out)
	require.Equal(t, http.StatusOK, get(t.Context(), "alice", "", url+"/items/1").code)
	require.Equal(t, http.StatusOK, get(t.Context(), "", "", url+"/healthz").code)
	end()
	spans, _ := spansOf(t, out.String())
	require.Len(t, spans, 4, "three attempts and a request")
	request := spans[3]
	if request.Name != "GET /items/{item}" {
		t.Errorf("the request's span is %+v", request)
	}
	for i, attempt := range spans[:3] {
		if attempt.Name != "item" || attempt.Parent.SpanID != request.SpanContext.SpanID || (attempt.Status.Code == "Error") != (i < 2) {
			t.Errorf("attempt %d has the span %+v, want it in %+v", i+1, attempt, request)
		}
	}
}

// The whole program: page and metrics on their port, spans on standard output, in the
// trace of the client.
func TestProgramTells(t *testing.T) {
	p := exampletest.Start(t, append([]string{"-admin", ":0", "-traces"}, onSlowMachine...)...)
	where := regexp.MustCompile(`^gateway: (http://\S+)/debug/millrace and (http://\S+)/metrics\n$`).FindStringSubmatch(p.Says(t))
	require.NotNil(t, where)
	out := bufio.NewReader(p.Stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	p.Stdout = out
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/items/7", nil)
	require.NoError(t, err)
	req.Header.Set("X-Tenant", "alice")
	req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	if r := get(t.Context(), "", "", where[1]+"/debug/millrace?once=1"); r.code != http.StatusOK || !strings.Contains(r.body, "<h3>gateway</h3>") {
		t.Errorf("the page = %d, %s, %v", r.code, r.body, r.err)
	}
	if n := durations(scrape(t, where[2]+"/metrics")); n[""] != 1 {
		t.Errorf("the metrics have the calls %v, want a good one", n)
	}
	p.Interrupt()
	rest, errs, state := p.End(t)
	if state.ExitCode() != console.OK || errs != exampletest.Noticed {
		t.Errorf("the interrupted program says %q and ends with %v, want status %d", errs, state, console.OK)
	}
	spans, lines := spansOf(t, rest)
	if len(spans) < 2 || len(lines) != 0 {
		t.Fatalf("it has printed %q, want two spans or more and nothing else", rest)
	}
	for _, s := range spans {
		if s.SpanContext.TraceID != "0af7651916cd43dd8448eb211c80319c" {
			t.Errorf("the span %+v is not in the trace of the client", s)
		}
	}
}

// With -load there is a page as well, to be looked at meanwhile.
func TestLoadTells(t *testing.T) {
	var out bytes.Buffer
	page, errs := "", &exampletest.Looker{When: "/debug/millrace"}
	errs.At = func() { page = errs.Page(t, "?once=1") }
	if status := run(t.Context(), strings.Fields("-load 10ms -admin localhost:0"), &out, errs); status != console.OK {
		t.Fatalf("gateway -load = %d", status)
	}
	if !strings.Contains(page, "<h3>gateway</h3>") {
		t.Errorf("the page of the load is %q, want one with the gateway's pool", page)
	}
}
