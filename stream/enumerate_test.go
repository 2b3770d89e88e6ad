package stream_test

import (
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// Positions are those of the source; errors have theirs, and each run begins at
// 0.
func TestEnumerate(t *testing.T) {
	type pair = stream.Pair[int, int]
	s := stream.Enumerate(mixed())
	for range 2 {
		wantItems(t, "Enumerate()", s,
			item[pair]{v: pair{0, 0}}, item[pair]{pair{First: 1}, fault(1)}, item[pair]{v: pair{2, 2}},
			item[pair]{v: pair{3, 3}}, item[pair]{pair{First: 4}, fault(4)}, item[pair]{v: pair{5, 5}})
	}
	wantItems(t, "Enumerate().Take(1)", s.Take(1), item[pair]{v: pair{0, 0}})
	wantItems(t, "Enumerate() of nothing", stream.Enumerate(ints{}))
}
