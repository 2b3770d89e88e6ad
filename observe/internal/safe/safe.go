// Package safe looks at errors of users, whose methods may panic: those of a nil pointer do,
// which a task has returned as an error. An observer must not fail because of that.
package safe

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace-go/millrace/future"
)

// Is reports whether errors.Is finds one of the targets in err; false also if a method of err
// panics.
func Is(err error, targets ...error) (yes bool) {
	defer func() { _ = recover() }()
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// PanicOf returns the panic that errors.As finds in err; nil if it finds none, or a method of
// err panics.
func PanicOf(err error) (p *future.PanicError) {
	defer func() { _ = recover() }()
	errors.As(err, &p)
	return p
}

// Text returns a value as text, whatever its methods do. (Package fmt says what panicked in
// the text. It does not stop a Goexit: nothing can.)
func Text(v any) string { return fmt.Sprint(v) }

// Cut returns at most n bytes of s, which say so if they are not all, and are valid
// UTF-8.
func Cut(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(s, "�")
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.ToValidUTF8(s[:n], "�") + " …"
}
