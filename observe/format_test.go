package observe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/observe"
)

// Times have three digits below a second, tenths below a minute, and two units above.
func TestDurations(t *testing.T) {
	const ms = time.Millisecond
	for d, want := range map[time.Duration]string{
		-time.Second: "0", -1: "0", 0: "0s", 1: "1ns", 999: "999ns", 1000: "1µs", 1234: "1.23µs", 123456: "123µs", 999499: "999µs", 999500: "1ms",
		1000999: "1ms", 1004999: "1ms", 1005000: "1.01ms", 12345678: "12.3ms", 999499999: "999ms", 999999999: "1s",
		1000 * ms: "1s", 1049 * ms: "1s", 1050 * ms: "1.1s", 1234 * ms: "1.2s", 59 * time.Second: "59s", 59949 * ms: "59.9s", 59950 * ms: "1m 00s", 59999 * ms: "1m 00s",
		time.Minute: "1m 00s", 61 * time.Second: "1m 01s", 119900 * ms: "1m 59s", time.Hour - time.Second: "59m 59s", time.Hour - 50*ms: "1h 00m",
		time.Hour: "1h 00m", time.Hour + 59*time.Second: "1h 00m", 2*time.Hour - time.Second: "1h 59m", 25*time.Hour + time.Minute: "25h 01m",
	} {
		if got := observe.Duration(d); got != want {
			t.Errorf("duration(%d) = %q, want %q", d, got, want)
		}
	}
}

// The digits of integers are in groups of three, with a narrow space that does not break.
func TestIntegers(t *testing.T) {
	for v, want := range map[any]string{
		0: "0", 9: "9", 999: "999", 1000: "1 000", 10001: "10 001", 100000: "100 000", 1000000: "1 000 000",
		uint64(12345678): "12 345 678", int64(-1): "-1", int64(-999): "-999", int64(-1234): "-1 234", int64(-123456): "-123 456",
	} {
		if got := strings.ReplaceAll(observe.Whole(v), "\u202f", " "); got != want {
			t.Errorf("whole(%v) = %q, want %q", v, got, want)
		}
	}
}

// Rates have three digits below a hundred, and none behind the point above.
func TestRates(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 0.2: "0.2", 0.4: "0.4", 1.0 / 3: "0.333", 3: "3", 12.345: "12.3", 99.94: "99.9", 99.99: "100", 100: "100", 100.4: "100", 100.5: "101", 999.5: "1 000", 1234.4: "1 234"} {
		if got := strings.ReplaceAll(observe.Rate(f), "\u202f", " "); got != want {
			t.Errorf("rate(%v) = %q, want %q", f, got, want)
		}
	}
}

// What a list leaves out is said only if it leaves something out.
func TestMore(t *testing.T) {
	for want, n := range map[string][2]int{"": {20, 20}, "20 of 21 notes.": {20, 21}, "1\u202f000 of 12\u202f345 notes.": {1000, 12345}} {
		if got := observe.More(n[0], n[1], "notes"); got != want {
			t.Errorf("more(%d, %d) = %q, want %q", n[0], n[1], got, want)
		}
	}
}

// A chart is 240 wide, from the first value to the last, and 38 high, from nothing to the highest
// value; the area below it is closed at the bottom.
func TestCharts(t *testing.T) {
	for _, c := range []struct {
		values                []float64
		now, top, line, edges string
	}{
		{nil, "", "0", "", "0,40  240,40"},
		{[]float64{0}, "0", "0", "0.0,40.0", "0,40 0.0,40.0 240,40"},
		{[]float64{5}, "5", "5", "0.0,2.0", "0,40 0.0,2.0 240,40"},
		{[]float64{0, 0, 0}, "0", "0", "0.0,40.0 120.0,40.0 240.0,40.0", "0,40 0.0,40.0 120.0,40.0 240.0,40.0 240,40"},
		{[]float64{1, 4, 2, 0, 3}, "3", "4", "0.0,30.5 60.0,2.0 120.0,21.0 180.0,40.0 240.0,11.5", "0,40 0.0,30.5 60.0,2.0 120.0,21.0 180.0,40.0 240.0,11.5 240,40"},
		{[]float64{0.2, 1234.4, 1234.4}, "1\u202f234", "1\u202f234", "0.0,40.0 120.0,2.0 240.0,2.0", "0,40 0.0,40.0 120.0,2.0 240.0,2.0 240,40"},
	} {
		if now, top, line, area := observe.Chart(c.values); now != c.now || top != c.top || line != c.line || area != c.edges {
			t.Errorf("the chart of %v: now %q, at most %q, line %q, area %q; want %q, %q, %q, %q", c.values, now, top, line, area, c.now, c.top, c.line, c.edges)
		}
	}
}

// A bar is as wide as its share, to a tenth of a percent, and never wider than the whole. It is
// full only if all is used, and not there if there is no limit.
func TestBars(t *testing.T) {
	for _, c := range []struct {
		used, limit any
		want        string
	}{
		{0, 8, "slots: 0 of 8 = 0"},
		{1, 3, "slots: 1 of 3 = 33.3"},
		{2, 3, "slots: 2 of 3 = 66.7"},
		{9999, 10000, "slots: 9999 of 10000 = 100"},
		{8, 8, "slots: 8 of 8 = 100, full"},
		{9, 8, "slots: 9 of 8 = 100, full"},
		{-1, 8, "slots: -1 of 8 = 0"},
		{int64(3), int64(12), "slots: 3 of 12 = 25"},
		{uint64(12), uint64(12), "slots: 12 of 12 = 100, full"},
		{5, 0, "none"},
		{5, -1, "none"},
	} {
		if got := observe.Bar("slots", c.used, c.limit); got != c.want {
			t.Errorf("the bar of %v of %v is %q, want %q", c.used, c.limit, got, c.want)
		}
	}
}
