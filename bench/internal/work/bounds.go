package work

import "github.com/millrace-go/millrace/bench/internal/measure"

// Bounds is what millrace has to reach on two processors.
var Bounds = []measure.Bound{
	ratio("submit/noop/8", "go + channel", 0.40),
	ratio("submit/noop/8", measure.Best, 1.00),
	ratio("submit/noop/8", "pond ResultPool", 0.30),
	ratio("roundtrip", "go + channel", 1.15),
	ratio("producers/16", measure.Best, 0.80),
	ratio("completed", "go + channel", 0.75),
	ratio("nested/fib", "go + channel", 1.00),
	ratio("slice/trivial", HandCut, 1.25),
	ratio("slice/500ns", HandCut, 1.05),
	ratio("slice/1us", HandCut, 1.03),
	ratio("map/trivial", "channels", 0.15),
	ratio("map/trivial", "channels, buffered", 0.25),
	ratio("map/trivial", "conc stream", 0.15),
	ratio("map/1us", HandCut, 1.08),
	ratio("map/50us", HandCut, 1.03),
	ratio("map/uneven", "millrace, unordered", 1.20),
	ratio("pipeline", HandCut, 1.12),
	value("map/trivial", "ns", 60),
	value("map/trivial", "allocs", 0.01),
	value("submit/noop/8", "allocs", 2.01), // one, and the caller's closure
	value("inline", "ns", 5),
	value("slow", "p99", 200),
	value("pending", "bytes", 256),
	value("kept", "bytes", 0.5),
}

func ratio(workload, against string, limit float64) measure.Bound {
	return measure.Bound{Workload: workload, Entry: Millrace, Metric: "ns", Against: against, Limit: limit}
}

func value(workload, metric string, limit float64) measure.Bound {
	return measure.Bound{Workload: workload, Entry: Millrace, Metric: metric, Limit: limit}
}
