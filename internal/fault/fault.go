// Package fault holds the errors of tasks that panicked and of tasks that timed out. It is
// a package of its own because the first knows how to write itself to log/slog, which no
// other package of the library imports.
package fault

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// A PanicError is what package future documents under this name.
type PanicError struct {
	Value   any
	Stack   []byte
	Callers []uintptr
	Task    string
}

// New returns the error of a panic with this value. It must be called by the
// deferred function that has recovered, or by a function called from there: the
// frames of the panic are still below it, and Stack and Callers are taken from
// them.
func New(value any) *PanicError {
	return &PanicError{Value: value, Stack: debug.Stack(), Callers: callers()}
}

// In is New for the task of that name.
func In(task string, value any) *PanicError {
	e := New(value)
	e.Task = task
	return e
}

// Error returns one line, whatever the value's text is: an error's text ends up
// in log lines and in answers to strangers, and neither is a place for a stack.
func (e *PanicError) Error() string {
	return "future: task panicked: " + oneLine(fmt.Sprint(e.Value))
}

// Unwrap returns the value if it is an error, or else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Format writes what Error returns, as the verb says; %+v adds the stack.
func (e *PanicError) Format(s fmt.State, verb rune) {
	text := e.Error()
	if verb == 'v' && s.Flag('+') {
		fmt.Fprintf(s, "%s\n\n%s", text, e.Stack)
		return
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), text)
}

// LogValue returns the text, the name of the task, if it has one, and the stack as a group of
// log/slog.
func (e *PanicError) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("error", e.Error())}
	if e.Task != "" {
		attrs = append(attrs, slog.String("task", e.Task))
	}
	return slog.GroupValue(append(attrs, slog.String("stack", string(e.Stack)))...)
}
