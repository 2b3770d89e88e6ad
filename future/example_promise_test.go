package future_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// client stands for a library that answers by callback.
type client struct{}

func (client) send(request string, reply func(answer string, err error)) {
	go func() {
		if request == "" {
			reply("", errors.New("empty request"))
			return
		}
		reply("echo of "+request, nil)
	}()
}

// A promise turns a callback into a future.
func ExamplePromise() {
	ask := func(request string) *future.Future[string] {
		p := future.NewPromise[string]()
		client{}.send(request, func(answer string, err error) {
			if err != nil {
				p.Reject(err)
				return
			}
			p.Resolve(answer)
		})
		return p.Future()
	}

	ctx := context.Background()
	fmt.Println(ask("hello").Await(ctx))
	_, err := ask("").Await(ctx)
	fmt.Println(err)
	// Output:
	// echo of hello <nil>
	// empty request
}

// An executor calls Start before it runs a task. From then on the future cannot be
// cancelled, and no other executor can start it.
func ExamplePromise_Start() {
	run := func(p *future.Promise[int]) {
		if p.Start() {
			p.Resolve(42)
		}
	}

	ctx := context.Background()
	taken, cancelled := future.NewPromise[int](), future.NewPromise[int]()
	cancelled.Future().Cancel()
	run(taken)
	run(cancelled)

	fmt.Println(taken.Future().Await(ctx))
	fmt.Println(cancelled.Future().Await(ctx))
	// Output:
	// 42 <nil>
	// 0 future: cancelled before it ran
}

// A rejected future has failed from the start.
func ExampleRejected() {
	f := future.Rejected[int](errors.New("no key"))
	fmt.Println(f.State())
	fmt.Println(f.Await(context.Background()))
	// Output:
	// failed
	// 0 no key
}

// Settled futures stand in for tasks in tests, and for results that are known.
func ExampleResolved() {
	cache := map[string]int{"a": 1}
	lookup := func(ctx context.Context, key string) *future.Future[int] {
		if v, ok := cache[key]; ok {
			return future.Resolved(v)
		}
		if key == "" {
			return future.Rejected[int](errors.New("no key"))
		}
		return future.Go(ctx, func(context.Context) (int, error) { return len(key), nil })
	}

	ctx := context.Background()
	for _, key := range []string{"a", "", "abc"} {
		fmt.Println(lookup(ctx, key).Await(ctx))
	}
	// Output:
	// 1 <nil>
	// 0 no key
	// 3 <nil>
}
