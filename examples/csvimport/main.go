// Command csvimport imports a CSV file of orders into an SQLite database, so that
// every row of it gets there once, however often the import is interrupted.
//
//	csvimport [-db file] [-batch n] [-retries n] [-workers n] [-timeout d]
//	          [-page host:port] file.csv
//	csvimport -generate n >file.csv
//
// # What is imported
//
// The first line of the file is id,customer,amount,currency,placed. Each further
// row is an order for the table orders, or, if it is not a valid one or its id is
// there already, goes into the table rejected with the reason. Rows are checked
// in parallel, and inserted in the order of the file, -batch of them in a
// transaction.
//
// The same transaction writes how far the import has come into the table
// progress. So an import that was interrupted, killed or has failed is taken up
// where it was when the same command is given again, and one that was complete
// does nothing. A file that has changed since its import began is refused.
//
// A batch whose transaction fails because the database is locked by another process
// is tried again -retries times, with growing pauses.
//
// -generate prints a file to try it with, in which some rows are not valid.
//
// # What is printed
//
// How many rows there are, how many of them were imported and how many were
// rejected, whether by this run or by earlier ones. If standard error is a
// terminal it shows a progress bar.
//
// With -page there is a page to look at meanwhile, at /debug/millrace: how many rows are
// checked in a second, and whether it is the checks or the database that the import waits
// for.
//
// # Exit status
//
//	0    every row was imported
//	1    rows were rejected, or something could not be read or written
//	2    wrong usage
//	124  the run was longer than -timeout
//	130  the run was interrupted
package main

import "github.com/millrace-go/millrace/examples/internal/console"

func main() { console.Main(run) }
