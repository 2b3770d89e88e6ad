package observe_test

import (
	"testing"
	"time"

	"github.com/millrace-go/millrace/observe"
)

func TestFormats(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0", 0: "0s", 123456 * time.Nanosecond: "123µs", 12345678: "12.3ms", 999999999: "1s",
		1234 * time.Millisecond: "1.2s", 59 * time.Second: "59s", 61 * time.Second: "1m 01s", 25*time.Hour + time.Minute: "25h 01m",
	} {
		if got := observe.Duration(d); got != want {
			t.Errorf("duration(%d) = %q, want %q", d, got, want)
		}
	}
	for v, want := range map[any]string{0: "0", 999: "999", 1000: "1\u202f000", uint64(12345678): "12\u202f345\u202f678", int64(-1234): "-1\u202f234"} {
		if got := observe.Whole(v); got != want {
			t.Errorf("whole(%v) = %q, want %q", v, got, want)
		}
	}
	for f, want := range map[float64]string{0: "0", 0.4: "0.4", 3: "3", 12.345: "12.3", 99.99: "100", 1234.4: "1\u202f234", 100: "100"} {
		if got := observe.Rate(f); got != want {
			t.Errorf("rate(%v) = %q, want %q", f, got, want)
		}
	}
}
