package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A Fault is an error as it travels: its text, and which sentinels it matched.
type Fault struct {
	Text  string
	Is    []string `json:",omitempty"` // texts of the sentinels that it matched
	Panic bool     `json:",omitempty"`
	Stack []byte   `json:",omitempty"` // of the panic
}

// What an error may have of a head, see maxHead. Most of the longest texts is repetition.
const (
	maxText  = 16 << 10
	maxStack = 64 << 10
)

// capped returns s, or its beginning if it is longer than n bytes.
func capped[S ~string | ~[]byte](s S, n int) S {
	if len(s) <= n {
		return s
	}
	return S(string(s[:n]) + " …")
}

// noText is what is said of an error whose text cannot be had.
const noText = "an error whose text cannot be had"

// textOf returns what an error says, as UTF-8: an engine may refuse to carry anything else. That of an
// error whose method panics says so.
func textOf(err error) string {
	return strings.ToValidUTF8(capped(fmt.Sprintf("%v", err), maxText), "\uFFFD")
}

// textApart is textOf where a Goexit of the error's method would end more than the text.
func textApart(err error) string {
	text := noText
	_ = apart(func() error {
		text = textOf(err)
		return nil
	})
	return text
}

// NewFault returns the fault of an engine: its text, and sentinels of this package.
func NewFault(text string, is ...error) *Fault {
	f := &Fault{Text: capped(text, maxText)}
	for _, s := range is {
		f.Is = append(f.Is, s.Error())
	}
	return f
}

// A sentinel is an error with the text by which it is told apart: its Error method is foreign code, which is called once.
type sentinel struct {
	err  error
	text string
}

func sentinels(errs ...error) vocabulary {
	v := make(vocabulary, len(errs))
	for i, err := range errs {
		v[i] = sentinel{err, err.Error()}
	}
	return v
}

// known are the sentinels that every task has.
var known = sentinels(
	context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, errors.ErrUnsupported,
	io.EOF, io.ErrUnexpectedEOF, io.ErrShortWrite, io.ErrShortBuffer, io.ErrNoProgress, io.ErrClosedPipe,
	fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, fs.ErrInvalid, fs.ErrClosed, os.ErrProcessDone,
	strconv.ErrSyntax, strconv.ErrRange,
	future.ErrGoexit, future.ErrCancelled, future.ErrDeadlock, future.ErrNotDone, future.ErrEmpty, future.ErrTaskEnded,
	pool.ErrClosed, pool.ErrStopped, pool.ErrTooHeavy, pool.ErrQueueFull, pool.ErrMaxWait, pool.ErrBroken,
	ErrAborted, ErrLeaseLost, ErrTooLarge, ErrUnknown, ErrUnsure, ErrFull, ErrNoCall, ErrLost, ErrClosed,
)

// A vocabulary is the sentinels that the errors of a task are compared with.
type vocabulary []sentinel

// each calls fn for the task's sentinels and for those that every task has.
func (v vocabulary) each(fn func(sentinel)) {
	for _, s := range v {
		fn(s)
	}
	for _, s := range known {
		fn(s)
	}
}

// encode makes a fault of an error. The error's methods are foreign code: if one panics, or calls Goexit, what
// is known of the error travels.
func (v vocabulary) encode(err error) *Fault {
	f := &Fault{Text: noText}
	_ = apart(func() error {
		f.Text = textOf(err)
		var pe *future.PanicError
		if errors.As(err, &pe) {
			f.Text, f.Panic, f.Stack = capped(fmt.Sprint(pe.Value), maxText), true, capped(pe.Stack, maxStack)
		}
		v.each(func(s sentinel) {
			if errors.Is(err, s.err) {
				f.Is = append(f.Is, s.text)
			}
		})
		return nil
	})
	return f
}

// decode makes the error of an outcome, which wraps the other errors too.
func (v vocabulary) decode(task string, o Outcome, wraps ...error) *Error {
	f := o.Fault
	if f == nil {
		f = &Fault{Text: "no reason given"}
	}
	e := &Error{Task: task, ID: strings.TrimPrefix(o.ID, named), Worker: o.Worker, Attempt: o.Attempt, Text: f.Text}
	for _, err := range wraps {
		if err != nil {
			e.wraps = append(e.wraps, err)
		}
	}
	if f.Panic {
		e.Text = "task panicked: " + f.Text
		e.wraps = append(e.wraps, &future.PanicError{Value: f.Text, Stack: f.Stack})
	}
	for _, text := range f.Is {
		v.each(func(s sentinel) {
			if s.text == text {
				e.wraps = append(e.wraps, s.err)
			}
		})
	}
	return e
}
