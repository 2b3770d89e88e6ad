package options_test

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
)

// An observer that is the only one is dropped, too: when it has failed it is not called
// again, and the task has the context that it would have without it.
func TestLoneObserverDrop(t *testing.T) {
	calls := []string{"Submitted", "Started", "Ended", "NeverRan"}
	for i, method := range calls {
		for how, with := range map[string]func(){"Goexit": runtime.Goexit, "panic": func() { panic("boom") }} {
			var log []string
			o := options.JoinObservers(nil, &spy{name: "a", log: &log, fail: method, with: with})
			info, ctx := &options.TaskInfo{}, context.Background()
			tell := map[string]func(){
				"Submitted": func() { ctx = o.Submitted(ctx, info) },
				"Started":   func() { ctx = o.Started(ctx, info) },
				"Ended":     func() { o.Ended(ctx, info) },
				"NeverRan":  func() { o.NeverRan(ctx, info) },
			}
			for range 2 {
				for _, call := range calls {
					done := make(chan struct{})
					go func() { // for Goexit
						defer close(done)
						tell[call]()
					}()
					<-done
				}
			}
			var want []string
			for _, call := range calls[:i+1] {
				want = append(want, "a."+call)
			}
			if !slices.Equal(log, want) || o.Dropped() != 1 {
				t.Errorf("%s in %s: called %q and dropped %d, want %q and 1", how, method, log, o.Dropped(), want)
			}
			if has := ctx.Value(spyKey("a")) != nil; has != (method != "Submitted") || info.Note != nil && method != "NeverRan" {
				t.Errorf("%s in %s: the context has the observer's value: %t, want it but from Submitted; its note is %v, want none but in NeverRan", how, method, has, info.Note)
			}
		}
	}
}
