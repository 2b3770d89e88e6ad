package console_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
)

// erase clears the last line of a terminal.
const erase = "\x1b[2K\r"

// shows compares what was drawn on a screen with what should have been there,
// and sees to it that no bar is left.
func shows(t *testing.T, screen *bytes.Buffer, want ...string) {
	t.Helper()
	drawn := screen.String()
	for _, s := range want {
		if !strings.Contains(drawn, s) {
			t.Errorf("the screen never showed %q:\n%q", s, drawn)
		}
	}
	if !strings.HasSuffix(drawn, erase) {
		t.Errorf("the bar is still there: %q", drawn)
	}
}

// second lets the bar be drawn for a second.
func second() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// The bar shows items, bytes, rate and remaining time, and is gone at the end.
func TestBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		d := console.Shown("digest", console.Total{Unit: "files", Items: 8, Bytes: 4_000_000}, &screen)
		d.Progress.Items.Store(2)
		d.Progress.Bytes.Store(1_000_000)
		second()
		d.Progress.Items.Store(4)
		d.Progress.Bytes.Store(2_000_000)
		second()
		d.Close()
		shows(t, &screen, "0/8 files", "2/8 files  25%", "(1.0/4.0 MB", "4/8 files  50%", "(2.0/4.0 MB", "MB/s)", "[2s:")
	})
}

// Where nobody knows how many items there are, the bar says how many it has
// seen.
func TestBarOfUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		d := console.Shown("csvimport", console.Total{Unit: "rows", Bytes: 100}, &screen)
		d.Progress.Items.Store(7)
		d.Progress.Bytes.Store(50)
		second()
		d.Close()
		shows(t, &screen, "\r7 rows  50%")
	})
}

// Lines and problems take the place of the bar, which moves down.
func TestLinesAboveTheBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		d := console.Shown("digest", console.Total{Unit: "files", Items: 3, Bytes: 100}, &screen)
		if err := d.Line("a line\n"); err != nil {
			t.Errorf("Line = %v, want nil", err)
		}
		d.Problem(errors.New("a problem"))
		d.Close()
		shows(t, &screen, erase+"a line\n\r0/3 files", erase+"digest: a problem\n\r0/3 files")
	})
}

// Nothing but a terminal gets a bar.
func TestNoBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		d := console.NewDisplay("digest", console.Total{Unit: "files", Items: 3, Bytes: 100}, &out, &errs)
		second()
		_ = d.Line("a line\n")
		d.Problem(errors.New("a problem"))
		d.Close()
		if out.String() != "a line\n" || errs.String() != "digest: a problem\n" {
			t.Errorf("a display without a terminal wrote %q and %q", out.String(), errs.String())
		}
	})
}
