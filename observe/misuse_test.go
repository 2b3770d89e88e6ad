package observe_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

func wantPanic(t *testing.T, want string, call func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}()
	call()
}

func TestMisuse(t *testing.T) {
	for want, call := range map[string]func(){
		"observe: Log: nil logger":                func() { observe.Log(nil, observe.LogOptions{}) },
		"observe: Log: Slow = -1ns, want >= 0":    func() { observe.Log(slog.Default(), observe.LogOptions{Slow: -1}) },
		"observe: Expvar: nil source":             func() { observe.Expvar("p", nil) },
		"observe: Page.Add: nil source":           func() { observe.NewPage().Add(nil) },
		"observe: Page.AddQueue: nil source":      func() { observe.NewPage().AddQueue(nil) },
		"pool: nil pool":                          func() { observe.NewPage().Add((*pool.Pool)(nil)) },
		"pool: zero Pool: make one with pool.New": func() { observe.Expvar("p", new(pool.Pool)) },
	} {
		wantPanic(t, want, call)
	}
}

// A page that NewPage has not made says so, and does not keep waiting those who look at it.
func TestZeroPage(t *testing.T) {
	for _, call := range []func(p *observe.Page){
		func(p *observe.Page) { p.ServeHTTP(nil, httptest.NewRequest("GET", "/", nil)) },
		func(p *observe.Page) { p.Add(pool.New()) },
		func(p *observe.Page) { p.AddQueue(nil) },
	} {
		wantPanic(t, "observe: zero Page: make one with observe.NewPage", func() { call(new(observe.Page)) })
	}
}
