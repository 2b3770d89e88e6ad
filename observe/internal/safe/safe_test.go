package safe_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe/internal/safe"
)

// A rude error has methods that panic.
type rude struct{}

func (rude) Error() string   { panic("no text") }
func (rude) Is(error) bool   { panic("no kinship") }
func (rude) As(any) bool     { panic("no kind") }
func (rude) Unwrap() []error { panic("no parts") }

func TestIs(t *testing.T) {
	for _, c := range []struct {
		err     error
		targets []error
		want    bool
	}{
		{nil, []error{io.EOF}, false},
		{io.EOF, nil, false},
		{io.EOF, []error{io.EOF}, true},
		{fmt.Errorf("read: %w", io.EOF), []error{io.ErrNoProgress, io.EOF}, true},
		{io.EOF, []error{io.ErrNoProgress}, false},
		{rude{}, []error{io.EOF}, false},
		{(*fs.PathError)(nil), []error{io.EOF}, false},
	} {
		if got := safe.Is(c.err, c.targets...); got != c.want {
			t.Errorf("Is(%T, %v) = %t, want %t", c.err, c.targets, got, c.want)
		}
	}
}

func TestPanicOf(t *testing.T) {
	p := &future.PanicError{Value: "boom"}
	for _, c := range []struct {
		err  error
		want *future.PanicError
	}{{nil, nil}, {io.EOF, nil}, {p, p}, {fmt.Errorf("item 7: %w", p), p}, {errors.Join(io.EOF, p), p}, {rude{}, nil}, {(*fs.PathError)(nil), nil}} {
		if got := safe.PanicOf(c.err); got != c.want {
			t.Errorf("PanicOf(%T) = %v, want %v", c.err, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for want, v := range map[string]any{"<nil>": nil, "boom": errors.New("boom"), "7": 7} {
		if got := safe.Text(v); got != want {
			t.Errorf("Text(%v) = %q, want %q", v, got, want)
		}
	}
	if got := safe.Text(rude{}); !strings.Contains(got, "no text") {
		t.Errorf("the text of an error that panics is %q, want what it panics with", got)
	}
}

// A cut never leaves a part of a character, and what is left is UTF-8.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"", 0, ""}, {"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc …"}, {"abc", 0, " …"},
		{"aéé", 5, "aéé"}, {"aéé", 4, "aé …"}, {"aéé", 3, "aé …"}, {"aéé", 2, "a …"}, {"aéé", 1, "a …"},
		{"a\xff", 2, "a�"}, {"a\xffbc", 3, "a�b …"}, {"\x80\x80\x80", 2, " …"},
	} {
		if got := safe.Cut(c.text, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}
