package cluster

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
)

// A chunk is the inputs, or the outcomes, of several items in one body: each part is
// preceded by its length. A codec is asked for single values only, so that one that
// cannot write a list will do.

func appendPart(b, part []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(part)))
	return append(b, part...)
}

// countParts returns how many parts a chunk has, or an error if it is not whole.
func countParts(b []byte) (n int, err error) {
	for ; len(b) > 0; n++ {
		if _, b, err = cut(b); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// eachPart yields the parts of a chunk that countParts has found whole, with their numbers.
func eachPart(b []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i := 0; len(b) > 0; i++ {
			part, rest, err := cut(b)
			if err != nil || !yield(i, part) {
				return
			}
			b = rest
		}
	}
}

// eachInput yields the parts of a chunk of inputs.
func eachInput(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, part := range eachPart(b) {
			if !yield(part) {
				return
			}
		}
	}
}

// eachValue yields the values in a chunk of outcomes.
func eachValue(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, part := range eachPart(b) {
			if isValue(part) && !yield(part[1:]) {
				return
			}
		}
	}
}

// The first byte of an item's outcome.
const (
	itemValue = 'v'
	itemFault = 'f'
)

func isValue(part []byte) bool { return len(part) > 0 && part[0] == itemValue }

// appendItem adds the outcome of an item: its value, or its fault.
func appendItem(b, value []byte, f *Fault) []byte {
	if f == nil {
		b = binary.AppendUvarint(b, uint64(1+len(value)))
		b = append(b, itemValue)
		return append(b, value...)
	}
	text, _ := json.Marshal(f) // strings and bytes can be marshalled
	b = binary.AppendUvarint(b, uint64(1+len(text)))
	b = append(b, itemFault)
	return append(b, text...)
}

// splitItem is the inverse of appendItem, for one part.
func splitItem(part []byte) (value []byte, f *Fault, err error) {
	if len(part) == 0 {
		return nil, nil, fmt.Errorf("%w: an empty item", errMalformed)
	}
	switch part[0] {
	case itemValue:
		return part[1:], nil, nil
	case itemFault:
		f = new(Fault)
		if err := json.Unmarshal(part[1:], f); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errMalformed, err)
		}
		return nil, f, nil
	}
	return nil, nil, fmt.Errorf("%w: an item of kind %q", errMalformed, part[0])
}
