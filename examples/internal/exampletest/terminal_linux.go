package exampletest

import (
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Terminal opens a pseudo-terminal. What is written to it can be had from screen
// when nobody writes any more; then it cannot be used again.
func Terminal(t *testing.T) (tty *os.File, screen func() string) {
	t.Helper()
	other, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { other.Close() })
	fd := int(other.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)

	drawn := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(other) // which ends with an error when the terminal is closed
		drawn <- string(b)
	}()
	return tty, func() string {
		require.NoError(t, tty.Close())
		return <-drawn
	}
}
