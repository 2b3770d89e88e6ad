package fault_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
)

func TestTimeoutError(t *testing.T) {
	for task, want := range map[string]string{
		"":       "future: task timed out after 1s",
		"resize": "future: task resize timed out after 1s",
		"a\nb":   `future: task a\nb timed out after 1s`,
	} {
		err := &fault.TimeoutError{After: time.Second, Task: task}
		if got := err.Error(); got != want {
			t.Errorf("of task %q: %q, want %q", task, got, want)
		}
		if !errors.Is(err, context.DeadlineExceeded) || !err.Timeout() {
			t.Errorf("of task %q: it is no DeadlineExceeded, or no timeout", task)
		}
	}
}
