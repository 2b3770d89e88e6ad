package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/stream"
)

// header is the first line of a file.
const header = "id,customer,amount,currency,placed"

// A position is a place between two rows of a file.
type position struct {
	row    int   // how many are before it
	offset int64 // in bytes
}

// A source is a CSV file. It is for one run at a time.
type source struct {
	*os.File
	path     string // absolute: what the file is known by
	size     int64
	modified int64 // in nanoseconds since 1970
	begin    position
}

// openSource opens a file and reads its header.
func openSource(path string) (*source, error) {
	f, err := tree.Open(path)
	if err != nil {
		return nil, err
	}
	s := &source{File: f}
	if err := s.look(path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func (s *source) look(path string) (err error) {
	if s.path, err = filepath.Abs(path); err != nil {
		return err
	}
	info, err := s.Stat()
	if err != nil {
		return err
	}
	s.size, s.modified = info.Size(), info.ModTime().UnixNano()
	r := csv.NewReader(s)
	record, err := r.Read()
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got := strings.Join(record, ","); got != header {
		return fmt.Errorf("%s: the first line is %q, want %q", path, got, header)
	}
	s.begin.offset = r.InputOffset()
	return nil
}

// A row is a record of the file and the position behind it.
type row struct {
	at     position
	record []string
}

// rows returns the rows behind a position. One that is no CSV is a rejection;
// an error of reading is the last item. It needs no context, because reading a file
// does not block for long.
func (s *source) rows(from position) stream.Stream[row] {
	return stream.FromSeq2(func(yield func(row, error) bool) {
		if _, err := s.Seek(from.offset, io.SeekStart); err != nil {
			yield(row{}, err)
			return
		}
		r := csv.NewReader(s)
		r.FieldsPerRecord = -1 // it is check that counts them
		for n := 1; ; n++ {
			record, err := r.Read()
			at := position{from.row + n, from.offset + r.InputOffset()}
			var syntax *csv.ParseError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &syntax):
				err = &rejection{at, syntax.Err}
			case err != nil:
				yield(row{}, err)
				return
			}
			if !yield(row{at, record}, err) {
				return
			}
		}
	})
}
