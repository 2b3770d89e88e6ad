package pool_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace-go/millrace/pool"
)

// The zero Pool and the zero Group say what makes a usable one.
func TestZeroPoolAndGroup(t *testing.T) {
	for constructor, ex := range map[string]pool.Executor{"pool.New": new(pool.Pool), "pool.NewGroup": new(pool.Group)} {
		for name, use := range map[string]func(){
			"Submit":   func() { pool.Submit(bg, ex, nop) },
			"Acquire":  func() { pool.Acquire(bg, ex) },
			"NewGroup": func() { pool.NewGroup(bg, ex) },
			"MapSlice": func() {
				pool.MapSlice(bg, ex, []int{1}, func(context.Context, int) (int, error) { return 1, nil })
			},
			"Scope": func() { pool.Scope(bg, ex, func(context.Context, *pool.Group) error { return nil }) },
			"Join":  func() { pool.Join(bg, ex, nop, nop) },
			"First": func() { pool.First[int](bg, ex) },
			"ForN":  func() { pool.ForN(bg, ex, 0, func(context.Context, int) error { return nil }) },
			"Reduce": func() {
				pool.Reduce(bg, ex, nil, func(_ context.Context, a, b int) (int, error) { return a + b, nil })
			},
		} {
			t.Run(constructor+" "+name, func(t *testing.T) { wantPanic(t, use, constructor) })
		}
	}
	var p pool.Pool
	var g pool.Group
	for name, use := range map[string]func(){
		"Close":    func() { p.Close() },
		"Shutdown": func() { p.Shutdown(bg) },
		"Seal":     p.Seal,
		"Stop":     func() { p.Stop(nil) },
		"Resize":   func() { p.Resize(1) },
		"Pause":    p.Pause,
		"Resume":   p.Resume,
		"Drop":     func() { p.Drop(nil) },
		"Stats":    func() { p.Stats() },
		"Err":      func() { p.Err() },
	} {
		t.Run("Pool."+name, func(t *testing.T) { wantPanic(t, use, "pool.New") })
	}
	for name, use := range map[string]func(){
		"Wait":     func() { g.Wait() },
		"Cancel":   func() { g.Cancel(nil) },
		"SetLimit": func() { g.SetLimit(1) },
		"Stats":    func() { g.Stats() },
		"Context":  func() { g.Context() },
	} {
		t.Run("Group."+name, func(t *testing.T) { wantPanic(t, use, "pool.NewGroup") })
	}
}

// What is nil or zero can be printed, as futures can.
func TestPrintUnusable(t *testing.T) {
	const want = "pool(zero) group(zero) pool(nil) group(nil)"
	if got := fmt.Sprintf("%v %+v %s %d", new(pool.Pool), new(pool.Group), (*pool.Pool)(nil), (*pool.Group)(nil)); got != want {
		t.Errorf("Sprintf() = %q, want %q", got, want)
	}
}
