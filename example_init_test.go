package millrace_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// session is what every worker of the pool opens once.
type session struct{ user string }

type sessionKey struct{}

// Each worker opens a session before its first task; its tasks find it in their
// contexts.
func ExampleWithInit() {
	login := func(ctx context.Context) (context.Context, error) {
		fmt.Println("logging in")
		return context.WithValue(ctx, sessionKey{}, &session{user: "miller"}), nil
	}
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithInit(login))
	defer p.Close()

	for range 2 {
		f := pool.Submit(ctx, p, func(ctx context.Context) (string, error) {
			return ctx.Value(sessionKey{}).(*session).user, nil
		})
		fmt.Println(f.Await(ctx))
	}
	// Output:
	// logging in
	// miller <nil>
	// miller <nil>
}
