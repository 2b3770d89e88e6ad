// Command loggrep counts the log entries below directories, by their level, by
// their file or by what a regular expression finds in them, in parallel.
//
//	loggrep [-by level|file|match] [-level name] [-match re] [-top n]
//	        [-workers n] [-timeout d] [-page host:port] path...
//
// # What is read
//
// All regular files below the paths, as lines. A line that is empty, or begins
// with a space or a tab, belongs to the entry of the line before it: it is the
// next one of a stack trace. A line that says "last message repeated 3 times"
// stands for the entry before it. Every other line, and the first of a file,
// begins an entry. A line of more than a megabyte is searched in parts.
//
// The level of an entry is the first of TRACE, DEBUG, INFO, NOTICE, WARN, ERROR,
// CRITICAL, FATAL and PANIC in its first line, or what follows level= or
// "level": there; WARNING, ERR and CRIT are other names of three of them. One that
// has none, or a name that is none of these, is of level "none".
//
// # What is counted
//
// The entries of at least -level that have a line which -match matches. With
// -by match it is not entries that are counted but the matches in them: what the
// first group of -match has found, or all of it if it has no groups. So
//
//	loggrep -by match -match '\w+' path
//
// counts words.
//
// # What is printed
//
// A table with a line for each key: how often it was found, two spaces, the key.
// The most frequent comes first; keys of equal frequency are sorted. The table
// is printed when everything has been counted, and not at all if the run ends
// before that: half a count is none.
//
// A file that cannot be read is reported on standard error and counted, and what
// could be read of it, and the others, are in the table. If standard error is a
// terminal it shows a progress bar.
//
// With -page there is a page to look at meanwhile, at /debug/millrace: which files and
// blocks are at work, and whether it is reading, parsing or counting that the others wait
// for.
//
// # Exit status
//
//	0    everything was counted
//	1    something could not be read or written
//	2    wrong usage
//	124  the run was longer than -timeout
//	130  the run was interrupted
package main

import "github.com/millrace-go/millrace/examples/internal/console"

func main() { console.Main(run) }
