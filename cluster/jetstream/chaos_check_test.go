//go:build unix

package jetstream_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-go/millrace/future"
)

func readRecords(path string) (rs []record) {
	f, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var r record
		if json.Unmarshal(s.Bytes(), &r) != nil {
			continue // a process was killed as it wrote
		}
		rs = append(rs, r)
	}
	return rs
}

// A history is the records of a call.
type history struct {
	key              string
	task, kind       string
	named            bool
	begun, ended     map[string]record // by run
	submits, settled []record
	aborted, unsure  bool
}

func (c *chaos) check(rs []record) {
	calls := map[string]*history{}
	for _, r := range rs {
		h := calls[r.Key]
		if h == nil {
			h = &history{key: r.Key, begun: map[string]record{}, ended: map[string]record{}}
			calls[r.Key] = h
		}
		switch r.What {
		case "submit":
			h.submits = append(h.submits, r)
			if !r.Join {
				h.task, h.kind, h.named = r.Task, r.Kind, h.named || r.Named
			}
		case "settled":
			h.settled = append(h.settled, r)
			h.unsure = h.unsure || strings.Contains(r.Is, ",unsure,")
		case "abort":
			h.aborted = true
		case "begin":
			h.begun[r.Run] = r
		case "end":
			h.ended[r.Run] = r
		case "left":
			c.Errorf("%s: Close of a client = %s", r.By, r.Text)
		}
	}
	counts := map[string]int{}
	begun := 0
	for _, h := range calls {
		begun += len(h.begun)
		faults := h.check(c, counts)
		if len(faults) > 0 {
			var text strings.Builder
			for _, r := range rs {
				if r.Key == h.key {
					b, _ := json.Marshal(r)
					fmt.Fprintf(&text, "%s\n", b)
				}
			}
			c.Errorf("call %s of %s, %s: %s\n%s", h.key, h.task, h.kind, strings.Join(faults, "; "), text.String())
		}
	}
	c.Logf("%d calls, %d runs", len(calls), begun)
	keys := []string{}
	for k, n := range counts {
		keys = append(keys, fmt.Sprintf("%s: %d", k, n))
	}
	slices.Sort(keys)
	c.Log(strings.Join(keys, "\n"))
}

// check returns what is wrong with what became of a call.
func (h *history) check(c *chaos, counts map[string]int) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	most := 3
	if h.task == "once" {
		most = 1
	}
	if len(h.begun) > most {
		fault("began %d times, want %d at most", len(h.begun), most)
	}
	attempts := map[int]bool{}
	for _, r := range h.begun {
		if attempts[r.Attempt] {
			fault("two runs are attempt %d", r.Attempt)
		}
		attempts[r.Attempt] = true
		if r.Attempt < 1 || r.Attempt > most {
			fault("attempt %d", r.Attempt)
		}
	}
	times, outcomes := map[string]int{}, map[string]bool{}
	for _, r := range h.settled {
		times[fmt.Sprint(r.By, r.Future)]++
		counts[fmt.Sprintf("%s %s %s %s", h.task, h.kind, r.State, r.Is)]++
		for _, text := range h.checkOne(r) {
			fault("future %d of %s: %s", r.Future, r.By, text)
		}
		if r.outcome() {
			outcomes[fmt.Sprint(r.State, r.Run, r.Attempt)] = true
		}
	}
	if len(outcomes) > 1 {
		fault("%d outcomes", len(outcomes))
	}
	for _, r := range h.submits {
		n := times[r.By+strconv.Itoa(r.Future)]
		lives := strings.HasPrefix(r.By, "c") && !c.killed[r.By] && r.Kind != "item"
		if n > 1 || n == 0 && lives {
			fault("future %d of %s settled %d times", r.Future, r.By, n)
		}
	}
	return faults
}

// is reports whether the error of a future is one of this name.
func (r record) is(name string) bool { return strings.Contains(r.Is, ","+name+",") }

// refused reports whether a submit was refused. Another one of the id may not have been.
func (r record) refused() bool {
	return r.State == future.Cancelled.String() && (r.is("full") || r.is("canceled") && !r.is("aborted"))
}

// outcome reports whether what a future says is the outcome of the call, for all that wait for it.
func (r record) outcome() bool {
	return !r.refused() && !r.is("unsure") && !r.is("no call") && !r.is("closed")
}

func (h *history) checkOne(r record) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	is := r.is
	switch r.State {
	case future.Succeeded.String():
		if h.task == "nest" || strings.HasSuffix(h.key, ".child") {
			break // the result is the child's
		}
		if end, ok := h.ended[r.Run]; !ok || end.Text != "ended" {
			fault("has the result of no run")
		}
		if slices.Contains([]string{"odd", "panic", "goexit", "over", "poison", "too large"}, h.kind) {
			fault("has succeeded")
		}
	case future.Cancelled.String():
		if len(h.begun) > 0 && !(h.named && r.refused()) {
			fault("is Cancelled and began")
		}
		if !h.aborted && !is("full") && !(is("unknown") && h.task == "skew") && !(is("too large") && h.kind == "too large") && h.kind != "item" {
			fault("is Cancelled for no reason")
		}
	case future.Failed.String():
		known := h.aborted && is("aborted") || is("lost") || (is("odd") || strings.HasSuffix(r.Text, ": odd")) && h.kind == "odd" || is("panic") && h.kind == "panic" ||
			is("goexit") && h.kind == "goexit" || is("late") && h.task == "timed" || is("too large") && h.kind == "over" ||
			is("no call") || is("unknown") && h.task == "skew" || is("closed") && r.By[0] == 'w' || h.task == "nest" && (is("full") || is("lost")) || h.kind == "item"
		if !known {
			fault("failed for no reason")
		}
		if is("lease") {
			fault("failed with the loss of a lease")
		}
	default:
		fault("is %s", r.State)
	}
	if is("unsure") && !is("closed") && !h.aborted && h.kind != "item" {
		fault("is unsure, and was not aborted")
	}
	if is("no call") && !h.aborted && !h.unsure && h.beganBefore(r) {
		fault("there was a call")
	}
	if h.task == "retry" && is("odd") && r.Attempt != 3 {
		fault("failed after %d attempts", r.Attempt)
	}
	return faults
}

// beganBefore reports whether a run began before the future of r was made.
func (h *history) beganBefore(r record) bool {
	for _, s := range h.submits {
		for _, b := range h.begun {
			if s.By == r.By && s.Future == r.Future && b.At.Before(s.At) {
				return true
			}
		}
	}
	return false
}
