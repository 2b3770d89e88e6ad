package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
)

// Every request that the load generator sends is in what a tenant got.
func TestPut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[string]int{"good": 200, "full": 429, "late": 503, "bad": 502}[r.Header.Get("X-Tenant")])
	}))
	defer server.Close()
	var all []traffic
	for _, name := range []string{"good", "full", "late", "bad"} {
		all = append(all, traffic{tenant: name, rate: 200})
	}
	for _, g := range put(t.Context(), server.URL, all, 50*time.Millisecond, time.Hour) {
		want := map[string][3]int{"good": {10, 0, 0}, "full": {0, 10, 0}, "late": {0, 10, 0}, "bad": {0, 0, 10}}[g.tenant]
		if n := [3]int{len(g.latencies), g.refused, g.failed}; g.sent != 10 || n != want {
			t.Errorf("%s got %v of %d, want %v of 10", g.tenant, n, g.sent, want)
		}
	}
}

// The comparison prints a line and a histogram for each tenant.
func TestCompare(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run(t.Context(), strings.Fields("-load 100ms"), &out, &errs); status != console.OK || errs.Len() != 0 {
		t.Fatalf("gateway -load = %d, %q", status, errs.String())
	}
	for _, want := range []string{"noisy sends 600 requests", "with millrace", "\nalice           4  |", "\nbob             4  |", "\nnoisy          60  |", "noisy: good answers within"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the comparison has no %q:\n%s", want, out.String())
		}
	}
}

// An interrupt ends it.
func TestCompareInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if status := run(ctx, strings.Fields("-load 1h"), &out, &errs); status != console.Interrupted || errs.String() != "gateway: context canceled\n" {
		t.Errorf("gateway -load = %d, %q, want %d", status, errs.String(), console.Interrupted)
	}
}

func TestReport(t *testing.T) {
	ms := func(all ...int) (latencies []time.Duration) {
		for _, n := range all {
			latencies = append(latencies, time.Duration(n)*time.Millisecond)
		}
		return latencies
	}
	with := []got{{traffic{tenant: "alice"}, 4, 0, 0, ms(20, 21, 30, 90)}}
	without := []got{{traffic{tenant: "alice"}, 4, 1, 2, ms(2100)}}
	const wantTable = "" +
		"                   | with millrace                                | without\n" +
		"tenant       sent  |   good  refused  failed       p50       p99  |   good  refused  failed       p50       p99\n" +
		"alice           4  |      4        0       0     21 ms     30 ms  |      1        1       2   2100 ms   2100 ms\n"
	if got := table(with, without); got != wantTable {
		t.Errorf("table =\n%s\nwant\n%s", got, wantTable)
	}
	const wantBars = "alice: good answers within\n" +
		"   25 ms  | ############ 2                   | \n" +
		"   50 ms  | ###### 1                         | \n" +
		"  100 ms  | ###### 1                         | \n" +
		"  250 ms  |                                  | \n" +
		"  500 ms  |                                  | \n" +
		" 1000 ms  |                                  | \n" +
		" 2000 ms  |                                  | ###### 1\n"
	if got := histograms(with, without); got != wantBars {
		t.Errorf("histograms =\n%s\nwant\n%s", got, wantBars)
	}
	if d := (got{}).quantile(0.5); d != 0 || brief(d) != "-" {
		t.Errorf("the median of nothing = %v, %q", d, brief(d))
	}
}
