package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// Pieces end where lines do, however the reader reads, and make up the whole.
func TestLines(t *testing.T) {
	for _, text := range []string{"", "\n", "a", "a\n", "a\nb", "\n\n\n", "a\nbb\nccc\ndddd\n", strings.Repeat("long ", 50) + "\nx\n"} {
		for _, size := range []int{1, 2, 3, 7, 100} {
			for name, r := range map[string]io.Reader{
				"whole":        strings.NewReader(text),
				"one byte":     iotest.OneByteReader(strings.NewReader(text)),
				"data and EOF": iotest.DataErrReader(strings.NewReader(text)),
			} {
				var whole strings.Builder
				for piece, err := range lines(r, size) {
					whole.WriteString(piece)
					atEnd := whole.Len() == len(text)
					if err != nil || piece == "" || !strings.HasSuffix(piece, "\n") && !atEnd {
						t.Errorf("lines(%q, %d) of the %s reader = %q, %v, want whole lines", text, size, name, piece, err)
					}
				}
				if whole.String() != text {
					t.Errorf("lines(%q, %d) of the %s reader make up %q", text, size, name, whole.String())
				}
			}
		}
	}
}

// A line that would fill the memory is cut.
func TestLinesOfNoLines(t *testing.T) {
	r := io.LimitReader(zeros{}, 5*maxLine/2)
	var sizes []int
	for piece, err := range lines(r, blockSize) {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(piece))
	}
	if !slices.Equal(sizes, []int{maxLine, maxLine, maxLine / 2}) {
		t.Errorf("pieces of %v bytes, want %d, as many, and half as many", sizes, maxLine)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// An error comes after what was read before it.
func TestLinesError(t *testing.T) {
	boom := errors.New("boom")
	r := io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(boom))
	var got []string
	var last error
	for piece, err := range lines(r, 100) {
		if last != nil {
			t.Errorf("%q after an error", piece)
		}
		got, last = append(got, piece), err
	}
	if last != boom || strings.Join(got, "|") != "a\n|b|" {
		t.Errorf("lines = %q, %v, want the lines, then %v", got, last, boom)
	}
}
