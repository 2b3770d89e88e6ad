package docblock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/docblock"
	"github.com/stretchr/testify/require"
)

const document = "# Title\n" +
	"```go\npackage main\n```\n\nprints\n\n```text\n1\n2\n```\n" +
	"Text.\n```text\na diagram\n```\n" +
	"<!-- from examples/x/y.go -->\n```go\nx := 1\n```\n" +
	"More.\n<!-- go 1.27 -->\n```python 3\nprint(1)\n```\nIt prints nothing new:\n\n```text\n```\n"

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.md")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestRead(t *testing.T) {
	blocks, err := docblock.Read(write(t, document))
	require.NoError(t, err)
	require.Len(t, blocks, 4)
	program, diagram, excerpt, python := blocks[0], blocks[1], blocks[2], blocks[3]
	if program.Lang != "go" || program.Go != "" || program.Line != 2 || !program.Program() || program.Prints == nil || *program.Prints != "1\n2\n" {
		t.Errorf("the program is %+v", program)
	}
	if diagram.Lang != "text" || diagram.Text != "a diagram\n" || diagram.Prints != nil {
		t.Errorf("the diagram is %+v", diagram)
	}
	if excerpt.From != "examples/x/y.go" || excerpt.Program() || excerpt.Prints != nil {
		t.Errorf("the excerpt is %+v", excerpt)
	}
	if python.Lang != "python" || python.From != "" || python.Go != "1.27" || python.Prints == nil || *python.Prints != "" {
		t.Errorf("the Python program is %+v", python)
	}
}

func TestReadOpenEnd(t *testing.T) {
	if blocks, err := docblock.Read(write(t, "```go\nx\n")); err == nil {
		t.Errorf("Read of a block without an end = %+v, want an error", blocks)
	}
}
