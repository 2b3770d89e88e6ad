// Command lookup is an HTTP service that asks three slow backends for every
// request, on one pool that all requests share.
//
//	lookup [-addr host:port] [-workers n] [-timeout d] [-drain d]
//	curl 'localhost:8080/?user=ada'
//
// However many requests there are, no more than -workers lookups run at once. A client
// that disconnects cancels its lookups, those that wait and those that run, and so does
// the first failure of a request's three.
//
// # Answers
//
//	200  what the three backends say, as JSON
//	400  no user was named
//	404  any path but /
//	405  any method but GET and HEAD
//	500  a backend has panicked
//	502  a backend has failed
//	503  the drain has run out of time
//	504  a backend took longer than -timeout
//
// The body of an error is a short text. What went wrong is logged on standard
// error, with the stack if it was a panic.
//
// # Exit status
//
//	0    the service was interrupted, and every request under way was answered
//	1    it could not listen, or requests were still under way after -drain
//	2    wrong usage
//
// An interrupt drains the service: it takes no new requests, and ends when those
// under way are answered. Those still under way after -drain are ended, and get a
// 503. A second interrupt kills the process.
package main

import "github.com/millrace-go/millrace/examples/internal/console"

func main() { console.Main(run) }
