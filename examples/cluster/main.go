// Command cluster hashes the files of directory trees with SHA-256 in several
// processes, and prints what sha256sum prints. It is digest on a cluster.
//
//	cluster [-engine e] [-workers n] [-slots n] [-chunk n] [-timeout d] path...
//	cluster -worker -engine url [-slots n]
//	cluster -server :port -dir directory
//
// # Engines
//
//	local     everything in this process; nothing else is started
//	embedded  a server in this process, and -workers processes (the default)
//	nats://…  a server elsewhere, and -workers processes; with -workers 0 those that are there
//	temporal  the same with a server of Temporal on this machine, such as temporal server start-dev
//	temporal://host:port/namespace
//	          elsewhere
//
// What differs in the program is one line: see connect in engine.go.
//
// A worker is the same program with -worker. It can be started on any machine that
// reads the same files under the same names; it ends when it is terminated, and first finishes
// what it hashes. -server runs nothing but a server, which prints its URL.
//
// # What happens to workers and servers
//
// A worker that was killed is started again, if this process started it, and what it
// was hashing is hashed again once its lease of 3 s has ended. A server that was killed may be
// started again with the same directory and port: the run goes on.
//
// # What is printed
//
// A line for each file, as digest prints it, in the order of the arguments and, in
// each tree, of the paths. A file that cannot be read is reported and counted. If
// standard error is a terminal it shows a progress bar.
//
// # Exit status
//
// 0: every file was hashed. 1: something could not be read or written. 2: wrong usage.
// 124: the run was longer than -timeout. 130: it was interrupted.
package main

import "github.com/millrace-go/millrace/examples/internal/console"

func main() { console.Main(run) }
