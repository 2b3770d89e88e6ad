package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// serve stands for the workers: it returns a client of an engine that runs the tasks in
// this process.
func serve(tasks ...cluster.Handler) (c *cluster.Client, stop func()) {
	p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(2))
	engine := local.New(p, tasks...)
	return cluster.NewClient(engine), func() {
		_ = engine.Close()
		_ = p.Close()
	}
}

// A task is a name and a function, in a package that submitters and workers link.
func ExampleTask() {
	ctx := context.Background()
	upper := cluster.Define("upper", func(_ context.Context, s string) (string, error) {
		return strings.ToUpper(s), nil
	})
	client, stop := serve(upper)
	defer stop()

	fmt.Println(upper.Name())
	fmt.Println(upper.Submit(ctx, client, "mill race").Await(ctx))
	// Output:
	// upper
	// MILL RACE <nil>
}

// The values travel as JSON, structs as well.
func ExampleDefine() {
	type size struct{ Width, Height int }
	area := cluster.Define("area", func(_ context.Context, s size) (int, error) {
		return s.Width * s.Height, nil
	})
	ctx := context.Background()
	client, stop := serve(area)
	defer stop()

	fmt.Println(area.Submit(ctx, client, size{Width: 3, Height: 4}).Await(ctx))
	// Output: 12 <nil>
}

// A submitter that does not link the code of its workers declares the name and the
// types.
func ExampleDeclare() {
	ctx := context.Background()
	inWorker := cluster.Define("word count", func(_ context.Context, s string) (int, error) {
		return len(strings.Fields(s)), nil
	})
	client, stop := serve(inWorker)
	defer stop()

	count := cluster.Declare[string, int]("word count")
	fmt.Println(count.Submit(ctx, client, "the mill race").Await(ctx))
	// Output: 3 <nil>
}

// Map submits a call for each item, as far ahead as its window, and delivers results in
// the order of the input. An error is delivered in the place of its item.
func ExampleTask_Map() {
	ctx := context.Background()
	client, stop := serve(Half)
	defer stop()

	for v, err := range Half.Map(ctx, client, slices.Values([]int{2, 3, 4})) {
		fmt.Println(v, errors.Is(err, ErrOdd))
	}
	// Output:
	// 1 false
	// 0 true
	// 2 false
}

// WithChunk sends several items in one call, which costs a fraction of a call for each.
func ExampleWithChunk() {
	ctx := context.Background()
	client, stop := serve(Square)
	defer stop()

	sum := 0
	numbers := slices.Values([]int{1, 2, 3, 4, 5})
	for square, err := range Square.Map(ctx, client, numbers, cluster.WithChunk(100)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		sum += square
	}
	fmt.Println(sum)
	// Output: 55
}

// Stage is a stage of a pipeline whose items run elsewhere, between others that run
// here.
func ExampleTask_Stage() {
	ctx := context.Background()
	client, stop := serve(Square)
	defer stop()

	squares := Square.Stage(stream.FromSlice([]int{1, 2, 3, 4}), client)
	even := squares.Filter(func(n int) bool { return n%2 == 0 })
	fmt.Println(even.Collect(ctx))
	// Output: [4 16] <nil>
}

// A call with an id runs once, however often it is submitted.
func ExampleWithID() {
	ctx := context.Background()
	runs := 0
	report := cluster.Define("report", func(_ context.Context, month string) (string, error) {
		runs++
		return "report of " + month, nil
	})
	client, stop := serve(report)
	defer stop()

	fmt.Println(report.Submit(ctx, client, "May", cluster.WithID("report/May")).Await(ctx))
	fmt.Println(report.Submit(ctx, client, "May", cluster.WithID("report/May")).Await(ctx))
	fmt.Println("runs:", runs)
	// Output:
	// report of May <nil>
	// report of May <nil>
	// runs: 1
}

// Join finds a call by its id, also from another process and after its end.
func ExampleTask_Join() {
	ctx := context.Background()
	report := cluster.Define("report", func(_ context.Context, month string) (string, error) {
		return "report of " + month, nil
	})
	client, stop := serve(report)
	defer stop()

	report.Submit(ctx, client, "May", cluster.WithID("report/May"))
	fmt.Println(report.Join(ctx, client, "report/May").Await(ctx))
	_, err := report.Join(ctx, client, "report/June").Await(ctx)
	fmt.Println(errors.Is(err, cluster.ErrNoCall))
	// Output:
	// report of May <nil>
	// true
}

// Locally gives a call options on the pool of its worker: here those of one customer
// run one at a time there.
func ExampleTask_Locally() {
	type order struct {
		Customer string
		Cents    int
	}
	total := 0
	book := cluster.Define("book", func(_ context.Context, o order) (int, error) {
		total += o.Cents // one at a time, so this needs no lock
		return total, nil
	}).Locally(func(o order) []millrace.TaskOption {
		return []millrace.TaskOption{millrace.WithKey(o.Customer)}
	})

	ctx := context.Background()
	client, stop := serve(book)
	defer stop()
	first := book.Submit(ctx, client, order{"acme", 250})
	fmt.Println(first.Await(ctx))
	fmt.Println(book.Submit(ctx, client, order{"acme", 150}).Await(ctx))
	// Output:
	// 250 <nil>
	// 400 <nil>
}

// lines is a codec: a list of words, one a line.
type lines struct{}

func (lines) Name() string { return "lines" }

func (lines) Marshal(v any) ([]byte, error) {
	words, ok := v.([]string)
	if !ok {
		return json.Marshal(v)
	}
	return []byte(strings.Join(words, "\n")), nil
}

func (lines) Unmarshal(b []byte, v any) error {
	words, ok := v.(*[]string)
	if !ok {
		return json.Unmarshal(b, v)
	}
	*words = strings.Split(string(b), "\n")
	return nil
}

// Values travel as JSON, or as a codec of one's own says. Both sides need the same one.
func ExampleWithCodec() {
	ctx := context.Background()
	reverse := cluster.Define("reverse", func(_ context.Context, words []string) ([]string, error) {
		slices.Reverse(words)
		return words, nil
	}, cluster.WithCodec(lines{}))
	client, stop := serve(reverse)
	defer stop()

	fmt.Println(reverse.Submit(ctx, client, []string{"the", "mill", "race"}).Await(ctx))
	// Output: [race mill the] <nil>
}
