package pool_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// An idle worker does not keep the context of the group whose member it ran last, be the
// member submitted with a context of its own or without one.
func TestIdleWorkerKeepsNoGroup(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	for name, submit := range map[string]func(context.Context, *pool.Group){
		"the background's": func(_ context.Context, g *pool.Group) { pool.Submit(bg, g, nop) },
		"the group's":      func(ctx context.Context, g *pool.Group) { pool.Submit(ctx, g, nop) },
	} {
		memory.WantFreed(t, "the context of a group, whose member had "+name, groupContext(p, submit))
	}
	runtime.KeepAlive(p)
}

//go:noinline
func groupContext(p *pool.Pool, submit func(context.Context, *pool.Group)) weak.Pointer[memory.Ballast] {
	b := memory.NewBallast()
	ctx := context.WithValue(bg, key{}, b)
	g := pool.NewGroup(ctx, p)
	submit(ctx, g)
	g.Wait()
	return weak.Make(b)
}
