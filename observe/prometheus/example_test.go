package prometheus_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/prometheus"
	"github.com/millrace-go/millrace/pool"
)

// A pool whose metrics are served at /metrics.
func Example() {
	collector := prometheus.New()
	registry := client.NewRegistry()
	registry.MustRegister(collector)

	p := pool.New(millrace.WithName("thumbnails"), millrace.WithObserver(collector))
	defer p.Close()
	defer collector.Add(p)()

	admin := http.NewServeMux()
	admin.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	w := httptest.NewRecorder()
	admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	fmt.Println(strings.Contains(w.Body.String(), `millrace_pool_slot_limit{millrace_pool_name="thumbnails"}`))
	// Output: true
}
