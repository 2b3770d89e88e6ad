package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// An artifact is a file of a build, and what it is made of.
type artifact struct {
	name  string
	mb    int64 // how much memory it takes to make it
	needs []*artifact
}

// A build makes artifacts, each once.
type build struct {
	group *pool.Group
	files map[*artifact]*future.Future[string]
}

// file returns the future of an artifact. It submits what the artifact needs first, so that most
// tasks find their inputs when they start. The graph must have no cycle.
func (b *build) file(ctx context.Context, t *artifact) *future.Future[string] {
	if f, ok := b.files[t]; ok {
		return f
	}
	var needs []*future.Future[string]
	for _, need := range t.needs {
		needs = append(needs, b.file(ctx, need))
	}
	b.files[t] = pool.Submit(ctx, b.group, func(ctx context.Context) (string, error) {
		inputs, err := future.All(ctx, needs...)
		if err != nil {
			return "", err
		}
		return fmt.Sprint(t.name, inputs), nil // here is the work
	}, millrace.WithWeight(t.mb), millrace.WithTaskName("make"))
	return b.files[t]
}

// A build is a graph: a task awaits the tasks that make its inputs, and lends its worker and its
// memory meanwhile. The first failure cancels the rest.
func Example_graph() {
	p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(100))
	defer p.Close()

	header := &artifact{name: "api.h", mb: 10}
	program := &artifact{name: "app", mb: 90, needs: []*artifact{
		{name: "main.o", mb: 40, needs: []*artifact{header}},
		{name: "util.o", mb: 60, needs: []*artifact{header}},
	}}

	ctx := context.Background()
	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		b := &build{group: g, files: map[*artifact]*future.Future[string]{}}
		fmt.Println(b.file(ctx, program).Await(ctx))
		fmt.Println(len(b.files), "files")
		return nil
	})
	fmt.Println(err)
	// Output:
	// app[main.o[api.h[]] util.o[api.h[]]] <nil>
	// 4 files
	// <nil>
}
