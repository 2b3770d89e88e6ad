package cluster_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
)

// The error of a call names the call, also if it was refused here, or is of one item of a
// chunk.
func TestErrorsNameTheCall(t *testing.T) {
	half := cluster.Define("half", func(_ context.Context, n int) (int, error) {
		if n%2 != 0 {
			return 0, ErrOdd
		}
		return n / 2, nil
	}, cluster.Errors(ErrOdd))
	c, e := site(t, half)
	closed := cluster.NewClient(e)
	if err := closed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	strange := cluster.Declare[int, int]("half", cluster.WithCodec(gob{}))
	submit := func(ctx context.Context, c *cluster.Client, task *cluster.Task[int, int]) error {
		f := task.Submit(ctx, c, 1, cluster.WithID("call"))
		_, err := f.Await(t.Context())
		if f.State() != future.Cancelled {
			t.Errorf("%v in state %v, want Cancelled", err, f.State())
		}
		return err
	}
	for name, test := range map[string]struct {
		err  error
		is   error
		text string
	}{
		"closed":    {submit(t.Context(), closed, half), cluster.ErrClosed, "cluster: half: client closed"},
		"ended":     {submit(ended, c, half), why, "cluster: half: why"},
		"too large": {submit(t.Context(), cluster.NewClient(cluster.Propagate(e, long{})), half), cluster.ErrTooLarge, "cluster: half: too large for the engine: 30"},
		"no input":  {submit(t.Context(), c, strange), future.ErrCancelled, "cluster: half: input: not this time"},
	} {
		var ce *cluster.Error
		if !errors.As(test.err, &ce) || ce.Task != "half" || ce.ID != "call" || ce.Attempt != 0 || ce.Worker != "" {
			t.Errorf("%s: %v is %+v, want an Error of call", name, test.err, ce)
		}
		if !errors.Is(test.err, test.is) || !errors.Is(test.err, future.ErrCancelled) || ce != nil && !strings.HasPrefix(ce.Error(), test.text) {
			t.Errorf("%s: %v, want one that is %v, with %q", name, test.err, test.is, test.text)
		}
	}
	for _, chunk := range []int{1, 4} {
		for _, err := range half.Map(t.Context(), c, slices.Values([]int{1, 3, 5}), cluster.WithChunk(chunk)) {
			var ce *cluster.Error
			if !errors.As(err, &ce) || ce.Task != "half" || ce.ID == "" || ce.Worker == "" || ce.Attempt != 1 || !errors.Is(err, ErrOdd) {
				t.Errorf("an item in chunks of %d: %v, %+v, want an Error with the call and the worker", chunk, err, ce)
			}
		}
	}
	_, err := half.Join(t.Context(), cluster.NewClient(local.New(nil)), "nobody").Await(t.Context())
	var ce *cluster.Error
	if !errors.As(err, &ce) || ce.ID != "nobody" || !errors.Is(err, cluster.ErrNoCall) {
		t.Errorf("Join of a call that is not there: %v", err)
	}
}

// aborts is an engine that has begun each call, and tells why one is aborted.
type aborts struct {
	answers
	cause chan string
}

func (a aborts) Abort(_, cause string) { a.cause <- cause }

// What a cause says travels as UTF-8, also if it is cut within a character: an engine may refuse
// anything else.
func TestCauseIsUTF8(t *testing.T) {
	e := aborts{answers{cluster.Outcome{Kind: cluster.Begun}}, make(chan string, 1)}
	for _, text := range []string{"\xff", "x" + strings.Repeat("ü", 20_000)} {
		count.Submit(t.Context(), cluster.NewClient(e), tree{}).Abort(errors.New(text))
		if cause := <-e.cause; !utf8.ValidString(cause) {
			t.Errorf("the engine is told %.20q and more, which is not UTF-8", cause)
		}
	}
}
