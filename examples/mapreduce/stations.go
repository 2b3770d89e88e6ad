package main

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// tenths is a temperature in tenths of a degree: sums of them do not depend on the
// order, as those of floats do.
type tenths int64

func (t tenths) String() string { return strconv.FormatFloat(float64(t)/10, 'f', 1, 64) }

// A station is what is known of one station. It begins as [none].
type station struct{ n, sum, least, most tenths }

var none = station{least: math.MaxInt64, most: math.MinInt64}

// merge adds what another part of the input knows of the same station.
func (s station) merge(other station) station {
	return station{s.n + other.n, s.sum + other.sum, min(s.least, other.least), max(s.most, other.most)}
}

func (s station) mean() tenths {
	return tenths(math.Round(float64(s.sum) / float64(s.n)))
}

// A part is what one file knows of one station.
type part struct {
	name string
	station
}

// stations returns what files know of each station: the map is to read a file,
// and makes one part of it for each station in it, and the reduction is to merge
// the parts of a station.
func stations(ctx context.Context, ex pool.Executor, files []string) (map[string]station, error) {
	parts := stream.FlatMap(stream.FromSlice(files), ex, partsOf, millrace.Unordered())
	return stream.ReduceByKey(ctx, parts, ex,
		func(p part) string { return p.name },
		func(string) station { return none },
		func(_ context.Context, s station, p part) (station, error) { return s.merge(p.station), nil },
	)
}

// partsOf reads a file. It is merged here already, so that there are as many parts
// as stations, and not as lines.
func partsOf(ctx context.Context, file string) iter.Seq2[part, error] {
	return func(yield func(part, error) bool) {
		all, err := read(ctx, file)
		if err != nil {
			yield(part{}, err)
			return
		}
		for name, s := range all {
			if !yield(part{name, s}, nil) {
				return
			}
		}
	}
}

func read(ctx context.Context, file string) (map[string]station, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// It may be a pipe, which keeps readers waiting. Other files have no deadlines.
	defer context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Now()) })()
	all, lines := map[string]station{}, bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		name, value, err := parse(lines.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		case n%1000 == 0 && ctx.Err() != nil:
			return nil, context.Cause(ctx)
		}
		s, known := all[name]
		if !known {
			s, name = none, strings.Clone(name)
		}
		all[name] = s.merge(station{1, value, value, value})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// parse reads a line.
func parse(line string) (name string, value tenths, err error) {
	name, text, ok := strings.Cut(line, ";")
	whole, digit, point := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+digit, 10, 32)
	if !ok || !point || len(digit) != 1 || name == "" || err != nil {
		return "", 0, fmt.Errorf("%q is no measurement", line)
	}
	return name, tenths(n), nil
}
