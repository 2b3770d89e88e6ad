package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/stream"
)

// sleep sleeps until d has passed or ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// onTime yields i at times[i] milliseconds after the start of its one run, and
// then ends; or blocks until its run ends if the last time is never.
func (r *rig) onTime(times ...int) ints {
	var start time.Time
	i := -1
	return stream.FromFunc(func(ctx context.Context) (int, error) {
		defer r.call()()
		if i++; i == 0 {
			start = time.Now()
		}
		if i == len(times) {
			return 0, io.EOF
		}
		if times[i] == never {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return i, sleep(ctx, time.Until(start.Add(time.Duration(times[i])*time.Millisecond)))
	})
}

const never = -1

// every returns the times 0, d, 2d … of n items.
func every(n, d int) []int {
	times := upTo(n)
	for i := range times {
		times[i] *= d
	}
	return times
}

// A journal is what came out of a pipeline, and when, as in "7@20ms".
type journal []string

func (j *journal) add(start time.Time, what any) {
	*j = append(*j, fmt.Sprintf("%v@%v", what, time.Since(start)))
}

// record runs s. The body of its loop takes some time.
func record[T any](ctx context.Context, s stream.Stream[T], body time.Duration) (j journal) {
	start := time.Now()
	for v, err := range s.All(ctx) {
		if err != nil {
			if errors.Is(err, future.ErrNotDone) {
				err = fmt.Errorf("not done: %w", context.Cause(ctx))
			}
			j.add(start, err)
			continue
		}
		j.add(start, v)
		time.Sleep(body)
	}
	j.add(start, "end")
	return j
}

func wantJournal(t testing.TB, call string, got journal, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s yields\n%q, want\n%q", call, []string(got), want)
	}
}
