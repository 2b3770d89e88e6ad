package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// lines returns the lines of a file, which each run opens and closes.
func lines(name string) stream.Stream[string] {
	return stream.From(func(context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			file, err := os.Open(name)
			if err != nil {
				yield("", err)
				return
			}
			defer file.Close()
			scanner := bufio.NewScanner(file)
			for scanner.Scan() {
				if !yield(scanner.Text(), nil) {
					return
				}
			}
			if err := scanner.Err(); err != nil {
				yield("", err)
			}
		}
	})
}

// The lines of a file, parsed in parallel. What is no number is counted and left out;
// any other error ends the run.
func Example_file() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "numbers.txt")
	if err := os.WriteFile(name, []byte("1\n2\nthree\n4\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	parse := func(_ context.Context, line string) (int, error) { return strconv.Atoi(line) }
	bad := 0
	numbers := stream.Map(lines(name), p, parse).Catch(func(err error) (int, bool, error) {
		if _, ok := err.(*strconv.NumError); !ok {
			return 0, false, err
		}
		bad++
		return 0, false, nil
	})
	fmt.Println(stream.Reduce(ctx, numbers, 0, func(sum, n int) (int, error) { return sum + n, nil }))
	fmt.Println(bad, "bad lines")
	_, err = lines(filepath.Join(dir, "none")).Count(ctx)
	fmt.Println(os.IsNotExist(err))
	// Output:
	// 7 <nil>
	// 1 bad lines
	// true
}
