// Command digest hashes the files of directory trees with SHA-256 on a pool of
// workers, and prints what sha256sum prints.
//
//	digest [-unordered] [-failfast] [-workers n] [-timeout d] path...
//
// # What is hashed
//
// A path that is a directory stands for the regular files below it, a path that
// is a regular file for itself. Both may be symbolic links; links further down
// are passed over, as are devices, sockets and pipes. A path that is none of
// these, or does not exist, is an error. A tree without files is not.
//
// # What is printed
//
// A line for each file: the hash, two spaces, the path, which begins with the
// path it was found below. The trees come in the order of the arguments, the
// files of each in the byte order of their paths, as LC_ALL=C sort puts them;
// with -unordered, lines come as the hashes are ready. As with sha256sum, a
// backslash or line break in a path is escaped, and the line then begins with a
// backslash. Only whole lines are written, each at once, however the run ends.
//
// A file or directory that cannot be read is reported on standard error and
// counted, and the others are still hashed. With -failfast the first such error
// in the order of printing is the end.
//
// If standard error is a terminal it shows a progress bar.
//
// # Exit status
//
//	0    every file was hashed
//	1    something could not be read or written
//	2    wrong usage
//	124  the run was longer than -timeout
//	130  the run was interrupted
//
// An interrupt ends the hashing and says how much was left; a second one, if
// that takes too long, kills the process.
package main

import "github.com/millrace-go/millrace/examples/internal/console"

func main() { console.Main(run) }
