package main

import (
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A grep is one run over files.
type grep struct {
	query
	progress *console.Progress
	block    int // how much is read at once, in bytes
}

// A logfile is a file that is being read. The blocks that are made of it are
// parsed in parallel; what an entry is depends on the lines before, so they are
// counted one after the other, each taking up where the last one ended.
type logfile struct {
	path string
	open entry // written by the task that counts a block of this file
}

// tallies returns the counts of pieces of the files, which add up to the result,
// and an error for each file that could not be read.
//
// Reading and counting come in any order, because a sum does not depend on it.
// Parsing keeps the order: that is what brings the blocks of one file to the
// count in the order in which they were read.
func (g *grep) tallies(ex pool.Executor, files []tree.File) stream.Stream[tally] {
	blocks := stream.FlatMap(stream.FromSlice(files), ex, g.read, millrace.Unordered(), millrace.WithTaskName("read"))
	chunks := stream.Map(blocks, ex, g.parse, millrace.WithTaskName("parse"))
	return stream.MapKeyed(chunks, ex, chunk.key, g.count, millrace.Unordered(), millrace.WithTaskName("count"))
}
