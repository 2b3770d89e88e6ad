package banker_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-go/millrace/internal/banker"
)

type request = banker.Request[string, string]

// of are amounts of one resource of which there are three.
func of(resource string, n int64) []banker.Amount { return []banker.Amount{{resource, n, 3}} }

func ask(by string, holds, needs []banker.Amount, of string) request {
	return request{By: by, Holds: holds, Needs: [][]banker.Amount{needs}, For: of}
}

// A request is stuck if what it needs cannot come back, whatever is granted first.
func TestStuck(t *testing.T) {
	huge := []banker.Amount{{"x", math.MaxInt64 - 1, math.MaxInt64}}
	for name, c := range map[string]struct {
		requests []request
		want     string // "": none is
	}{
		"none":                         {nil, ""},
		"one that fits":                {[]request{ask("a", of("x", 1), of("x", 2), "1")}, ""},
		"one that does not":            {[]request{ask("a", of("x", 2), of("x", 2), "1")}, "1"},
		"one that fits after another":  {[]request{ask("a", of("x", 2), of("x", 2), "1"), ask("b", nil, of("x", 1), "2")}, "1"},
		"what the other gives back":    {[]request{ask("a", of("x", 1), of("x", 2), "1"), ask("b", of("x", 1), of("x", 1), "2")}, ""},
		"two that wait for each other": {[]request{ask("a", of("x", 1), of("x", 2), "1"), ask("b", of("x", 1), of("x", 2), "2")}, "2"},
		"by two resources":             {[]request{ask("a", of("x", 3), of("y", 1), "1"), ask("b", of("y", 3), of("x", 1), "2")}, "2"},
		"what one holds counts once":   {[]request{ask("a", of("x", 2), of("x", 1), "1"), ask("a", of("x", 2), of("x", 1), "2")}, ""},
		"it is given back at the end":  {[]request{ask("a", of("x", 2), of("x", 1), "1"), ask("a", of("x", 2), of("x", 2), "2"), ask("b", nil, of("x", 3), "3")}, "3"},
		"one of several needs":         {[]request{{By: "a", Needs: [][]banker.Amount{of("x", 1), of("x", 4)}, For: "1"}}, "1"},
		"sums beyond the range":        {[]request{ask("a", huge, huge, "1")}, "1"},
	} {
		got, ok := banker.Stuck(c.requests)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: Stuck() = %q, %v, want %q", name, got, ok, c.want)
		}
	}
}

// What a holder of several requests holds counts once.
func TestHeld(t *testing.T) {
	held := banker.Held([]request{ask("a", of("x", 2), nil, ""), ask("a", of("x", 2), nil, ""), ask("b", of("x", 1), nil, "")})
	if held["x"] != 3 || len(held) != 1 {
		t.Errorf("Held() = %v, want 3 of x", held)
	}
}

// A request is stuck exactly if no order of granting comes to it.
func TestStuckIsASearch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	stuck := 0
	for range 2000 {
		requests := make([]request, 1+random.IntN(5))
		for i := range requests {
			by := string(rune('a' + i))
			requests[i] = ask(by, of("x", random.Int64N(2)), of("x", random.Int64N(4)), by)
		}
		_, got := banker.Stuck(requests)
		if want := !allGranted(requests, held(requests)); got != want {
			t.Fatalf("Stuck(%+v) = %v, want %v", requests, got, want)
		}
		if got {
			stuck++
		}
	}
	if stuck == 0 || stuck == 2000 {
		t.Errorf("%d of 2000 were stuck", stuck)
	}
}

func held(requests []request) (n int64) {
	for _, r := range requests {
		n += r.Holds[0].N
	}
	return n
}

// allGranted tries all orders.
func allGranted(left []request, held int64) bool {
	if len(left) == 0 {
		return true
	}
	for i, r := range left {
		if r.Needs[0][0].N > 3-held {
			continue
		}
		rest := append(append([]request(nil), left[:i]...), left[i+1:]...)
		if allGranted(rest, held-r.Holds[0].N) {
			return true
		}
	}
	return false
}
