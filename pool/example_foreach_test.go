package pool_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/millrace-go/millrace/pool"
)

// ForEach runs a function for each line of a text, several at a time, and stops at the
// first failure.
func ExampleForEach() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	lines := func(text string) iter.Seq[string] {
		return func(yield func(string) bool) {
			for s := bufio.NewScanner(strings.NewReader(text)); s.Scan() && yield(s.Text()); {
			}
		}
	}
	var words atomic.Int64
	count := func(_ context.Context, line string) error {
		if line == "" {
			return errors.New("an empty line")
		}
		words.Add(int64(len(strings.Fields(line))))
		return nil
	}

	err := pool.ForEach(ctx, p, lines("from the pool\nto the wheel"), count)
	fmt.Println(words.Load(), err)
	err = pool.ForEach(ctx, p, lines("from the pool\n\nto the wheel"), count)
	fmt.Println(err)
	// Output:
	// 6 <nil>
	// item 1: an empty line
}
