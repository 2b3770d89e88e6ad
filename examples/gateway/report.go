package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// compare puts the same load on the gateway and on the plain service, one after
// the other, and prints what each tenant got from both.
func compare(ctx context.Context, c config, stdout, stderr io.Writer) error {
	log := slog.New(slog.DiscardHandler)
	t, err := c.telemetry(log, stdout)
	if err != nil {
		return err
	}
	all := trafficOf(c.tenants)
	for _, t := range all {
		fmt.Fprintf(stdout, "%s sends %v requests a second\n", t.tenant, t.rate)
	}
	fmt.Fprintf(stdout, "the backend can do %d calls at once, of 20 ms each\n\n", c.workers)

	g := newGateway(c.settings, newBackend(c.workers), log, t)
	stop, err := c.show(t, stderr)
	if err != nil {
		return err
	}
	defer stop()
	with := under(ctx, g.routes(), all, c.load)
	if err := g.pool.Close(); err != nil {
		return err
	}
	without := under(ctx, plain{c.settings, newBackend(c.workers)}.routes(), all, c.load)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, err = io.WriteString(stdout, table(with, without)+"\n"+histograms(with, without))
	return err
}

// under serves on real connections and returns what the tenants got.
func under(ctx context.Context, h http.Handler, all []traffic, d time.Duration) []got {
	server := httptest.NewServer(h)
	defer server.Close()
	return put(ctx, server.URL, all, d, patience)
}

// table returns a line for each tenant, with what it got from both services.
func table(with, without []got) string {
	var b strings.Builder
	const half = "%6s %8s %7s %9s %9s"
	fmt.Fprintf(&b, "%-10s %6s  | %-43s  | %s\n", "", "", "with millrace", "without")
	fmt.Fprintf(&b, "%-10s %6s  | "+half+"  | "+half+"\n", "tenant", "sent",
		"good", "refused", "failed", "p50", "p99", "good", "refused", "failed", "p50", "p99")
	for i, g := range with {
		fmt.Fprintf(&b, "%-10s %6d  | %s  | %s\n", g.tenant, g.sent, cells(g), cells(without[i]))
	}
	return b.String()
}

func cells(g got) string {
	return fmt.Sprintf("%6d %8d %7d %9s %9s", len(g.latencies), g.refused, g.failed, brief(g.quantile(0.5)), brief(g.quantile(0.99)))
}

// brief is a duration in whole milliseconds.
func brief(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// bounds are the upper ends of the bars of a histogram.
var bounds = []time.Duration{
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2 * time.Second,
}

// histograms returns the latencies of the good answers of each tenant, with
// millrace on the left and without on the right.
func histograms(with, without []got) string {
	var b strings.Builder
	for i, g := range with {
		fmt.Fprintf(&b, "%s: good answers within\n", g.tenant)
		left, right := bars(g), bars(without[i])
		for k, bound := range bounds {
			fmt.Fprintf(&b, "%8s  | %-32s | %s\n", brief(bound), left[k], right[k])
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// barWidth is the longest bar: all requests of a tenant.
const barWidth = 24

// bars returns a bar for each bound: how many answers there were between it and
// the one before, in proportion to the requests that were sent.
func bars(g got) []string {
	all, from := make([]string, len(bounds)), 0
	for k, bound := range bounds {
		to := from
		for to < len(g.latencies) && (g.latencies[to] <= bound || k == len(bounds)-1) {
			to++
		}
		if n := to - from; n > 0 {
			all[k] = strings.Repeat("#", max(1, barWidth*n/max(1, g.sent))) + fmt.Sprintf(" %d", n)
		}
		from = to
	}
	return all
}
