package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/stretchr/testify/require"
)

// On a real tree the output is sha256sum's, byte for byte.
func TestLikeSha256sum(t *testing.T) {
	root := exampletest.Goroot(t, "encoding")
	want := sha256sum(t, sorted(t, root)...)
	for _, workers := range []int{0, 1, 3} {
		got, errs, status := digestOf("-workers", strconv.Itoa(workers), root)
		if got != want || errs != "" || status != console.OK {
			t.Errorf("digest -workers %d: %d bytes, %q, status %d, want the %d bytes of sha256sum",
				workers, len(got), errs, status, len(want))
		}
		got, errs, status = digestOf("-unordered", "-workers", strconv.Itoa(workers), root)
		if !slices.Equal(lines(got), lines(want)) || errs != "" || status != console.OK {
			t.Errorf("digest -unordered -workers %d: other lines than sha256sum's, %q, status %d", workers, errs, status)
		}
	}
}

// So it is for contents around the size of a block, and for none.
func TestLikeSha256sumAroundABlock(t *testing.T) {
	root := t.TempDir()
	for _, size := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 7} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i % 251)
		}
		require.NoError(t, os.WriteFile(filepath.Join(root, strconv.Itoa(size)), content, 0o600))
	}
	want := sha256sum(t, sorted(t, root)...)
	if got, errs, status := digestOf(root); got != want || errs != "" || status != console.OK {
		t.Errorf("digest = %q, %q, %d, want %q", got, errs, status, want)
	}
}

// Names that would break a line are escaped as sha256sum does, and no others.
func TestLikeSha256sumOddNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such names here")
	}
	root := exampletest.Tree(t, "plain", "a b", " ", "-x", "*", "new\nline", `back\slash`, `\n`, "tab\t", "\x1b[1m", "ü", "\xff")
	want := sha256sum(t, sorted(t, root)...)
	if got, errs, status := digestOf(root); got != want || errs != "" || status != console.OK {
		t.Errorf("digest = %q, %q, %d, want %q", got, errs, status, want)
	}
}

// Older versions of sha256sum leave a carriage return as it is, so this has no
// tool to compare with.
func TestLineEscapesCarriageReturn(t *testing.T) {
	got := line([32]byte{0xab}, "a\rb")
	want := `\ab` + string(slices.Repeat([]byte{'0'}, 62)) + `  a\rb` + "\n"
	if got != want {
		t.Errorf(`line(…, "a\rb") = %q, want %q`, got, want)
	}
}
