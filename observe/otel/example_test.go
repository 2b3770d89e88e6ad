package otel_test

import (
	"context"
	"log"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/otel"
	"github.com/millrace-go/millrace/pool"
)

// A pool whose metrics and spans go to the global providers.
func Example() {
	observer, err := otel.New()
	if err != nil {
		log.Fatal(err)
	}
	p := pool.New(millrace.WithName("thumbnails"), millrace.WithObserver(observer))
	defer p.Close()
	defer observer.Add(p)()

	ctx := context.Background() // of a request, with its span
	pool.Go(ctx, p, func(ctx context.Context) error { return render(ctx) }, millrace.WithTaskName("render"))
}

func render(context.Context) error { return nil }
