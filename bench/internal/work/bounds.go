package work

import (
	"slices"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// Bounds are the figures that millrace has to reach on two processors. Most of them
// hold on one as well.
var Bounds = slices.Concat(twice(boundsOfTasks), twice(boundsOfMaps), boundsOnTwo)

// boundsOfTasks are about the path of a task from submit to result.
var boundsOfTasks = []measure.Bound{
	ratio("submit/noop/8", Millrace, "go + channel", 0.42),
	ratio("submit/noop/8", Cancelable, "go + channel", 0.50),
	ratio("submit/noop/8", Millrace, measure.BestResults, 0.80),
	ratio("submit/noop/8", Cancelable, measure.BestResults, 0.90),
	ratio("submit/noop/8", Millrace, measure.BestBare, 1.50),
	ratio("submit/noop/8", Millrace, "pond ResultPool", 0.25),
	ratio("submit/1us/8", Millrace, measure.BestBare, 1.15),
	ratio("roundtrip", Millrace, "go + channel", 1.40),
	ratio("roundtrip", Cancelable, "go + channel", 1.60),
	ratio("producers/16", Millrace, measure.BestResults, 0.90),
	ratio("completed", Millrace, "go + channel", 0.50),
	ratio("nested/fib", Millrace, "go + channel", 2.00),
	ratio("nested/fib", Joining, "go + channel", 0.60),
	ratio("nested/quicksort/fine", Joining, "go + channel", 0.60),
	ratio("options", Millrace+", WithKey", Millrace, 2.00),
	ratio("options", Millrace+", WithPriority", Millrace, 2.00),
	ratio("options", Millrace+", group", Millrace, 2.00),
	ratio("options", Millrace+", WithTimeout", Millrace, 4.00),
}

var boundsOfMaps = []measure.Bound{
	ratio("slice/trivial", Millrace, HandCut, 1.80),
	ratio("slice/500ns", Millrace, HandCut, 1.05),
	ratio("map/trivial", Millrace, "channels", 0.15),
	ratio("map/1us", Millrace, HandCut, 1.08),
}

// boundsOnTwo do not depend on the number of processors, or need two.
var boundsOnTwo = []measure.Bound{
	ratio("map/trivial", Millrace, "channels, buffered", 0.25),
	ratio("map/trivial", Millrace, "conc stream", 0.15),
	ratio("map/50us", Millrace, HandCut, 1.03),
	ratio("map/uneven", Millrace, "millrace, unordered", 1.20),
	ratio("pipeline", Millrace, HandCut, 1.12),
	value("submit/noop/8", "allocs", 2.02), // one, the caller's closure, and a share of a block of contexts
	value("pending", "bytes", 96),
	value("kept", "bytes", 0.5),
	value("map/trivial", "allocs", 0.01),
	value("inline", "ns", 5),
	value("slow", "p99", 200),
}

// twice returns the bounds, and the same ones at GOMAXPROCS=1.
func twice(bounds []measure.Bound) []measure.Bound {
	both := slices.Clone(bounds)
	for _, b := range bounds {
		b.Workload += atOne
		both = append(both, b)
	}
	return both
}

func ratio(workload, entry, against string, limit float64) measure.Bound {
	return measure.Bound{Workload: workload, Entry: entry, Metric: "ns", Against: against, Limit: limit}
}

func value(workload, metric string, limit float64) measure.Bound {
	return measure.Bound{Workload: workload, Entry: Millrace, Metric: metric, Limit: limit}
}
