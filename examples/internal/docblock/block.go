// Package docblock finds the code in Markdown documents, so that tests can
// compile and run it.
package docblock

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// A Block is a fenced block of code.
type Block struct {
	Path   string // of the document
	Line   int    // of the fence
	Lang   string // the first word behind the fence
	Text   string
	From   string // the file that it is an excerpt of, "" if it says none
	Go     string // the version of Go that it needs, "" if it says none
	Prints *string
}

// Pos returns where the block is.
func (b Block) Pos() string { return fmt.Sprintf("%s:%d", b.Path, b.Line) }

// Program reports whether b is a whole file.
func (b Block) Program() bool { return strings.Contains("\n"+b.Text, "\npackage ") }

// from is the comment before an excerpt, needs the one before a program that an
// older Go does not compile, and prints what introduces the output of the program
// before.
var (
	from   = regexp.MustCompile(`^<!-- from (\S+) -->$`)
	needs  = regexp.MustCompile(`^<!-- go (\S+) -->$`)
	prints = regexp.MustCompile(`^(It prints|prints)`)
)

// Read returns the blocks of a document. A block of text that follows a program,
// with nothing but "prints" or "It prints" between them, is what that prints.
func Read(path string) ([]Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := reader{path: path}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		r.line(s.Text())
	}
	if r.open {
		return nil, fmt.Errorf("%s:%d: the block has no end", path, r.block.Line)
	}
	return r.blocks, nil
}

type reader struct {
	path   string
	at     int
	blocks []Block
	open   bool
	block  Block
	text   strings.Builder
	after  *Block // the block before, if a block of text now is what it prints
	from   string
	needs  string
}

func (r *reader) line(s string) {
	r.at++
	switch fence := strings.HasPrefix(s, "```"); {
	case r.open && !fence:
		r.text.WriteString(s + "\n")
	case r.open:
		r.close()
	case fence:
		lang, _, _ := strings.Cut(strings.TrimPrefix(s, "```"), " ")
		r.open, r.block = true, Block{Path: r.path, Line: r.at, Lang: lang, From: r.from, Go: r.needs}
		r.from, r.needs = "", ""
	case from.MatchString(s):
		r.from = from.FindStringSubmatch(s)[1]
	case needs.MatchString(s):
		r.needs = needs.FindStringSubmatch(s)[1]
	case s != "" && !prints.MatchString(s):
		r.after, r.from, r.needs = nil, "", ""
	}
}

func (r *reader) close() {
	r.open = false
	r.block.Text = r.text.String()
	r.text.Reset()
	if r.block.Lang == "text" && r.after != nil {
		text := r.block.Text
		r.after.Prints = &text
		r.blocks[len(r.blocks)-1] = *r.after
		r.after = nil
		return
	}
	r.blocks = append(r.blocks, r.block)
	after := r.block
	r.after = &after
}
