package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/millrace-go/millrace/examples/internal/admin"
	"github.com/millrace-go/millrace/examples/internal/console"
)

// run is the program: it returns the exit status. When it returns, nothing of it
// is at work, and no transaction is open.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return console.OK
	case err != nil:
		return console.Usage
	case c.generate > 0:
		err = generate(ctx, stdout, c.generate)
	default:
		return importFile(ctx, c, stdout, stderr)
	}
	if err == nil {
		return console.OK
	}
	fmt.Fprintln(stderr, "csvimport:", err)
	if ctx.Err() != nil {
		return console.Status(ctx)
	}
	return console.Failed
}

// importFile imports a file and says how far it got.
func importFile(ctx context.Context, c config, stdout, stderr io.Writer) int {
	ctx, cancel := console.Bound(ctx, c.timeout)
	defer cancel()

	done, err := importRest(ctx, c, stdout, stderr)
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintf(stderr, "csvimport: %v", context.Cause(ctx))
		if done.source != "" { // or else it is not known how far it has come
			fmt.Fprintf(stderr, " after %s", console.Count(done.row, "row"))
		}
		fmt.Fprintln(stderr, "; the same command goes on from there")
		return console.Status(ctx)
	case err != nil:
		fmt.Fprintf(stderr, "csvimport: %v", err)
		if done.source != "" {
			fmt.Fprintf(stderr, "; %s in the database", console.Count(done.row, "row"))
		}
		fmt.Fprintln(stderr)
		return console.Failed
	}
	fmt.Fprintf(stdout, "%s: %d imported, %d rejected\n", console.Count(done.row, "row"), done.imported, done.rejected)
	if done.rejected > 0 {
		return console.Failed
	}
	return console.OK
}

// importRest imports what is not yet in the database, and returns how far that
// is then.
func importRest(ctx context.Context, c config, stdout, stderr io.Writer) (done progress, err error) {
	src, err := openSource(c.file)
	if err != nil {
		return done, err
	}
	defer src.Close()
	// To open the database and to look up the progress write to it: another
	// import at work can lock them out as it can an insert.
	db, err := retries[*store](c.retries, firstPause).WithContext(ctx).Get(func() (*store, error) { return openStore(ctx, c.db) })
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	from, err := retries[progress](c.retries, firstPause).WithContext(ctx).Get(func() (progress, error) { return db.resume(ctx, src) })
	if err != nil {
		return from, err
	}
	page, err := admin.Open(c.page, stderr)
	if err != nil {
		return from, err
	}
	defer page.Close()
	d := console.NewDisplay("csvimport", console.Total{Unit: "rows", Bytes: src.size - from.offset}, stdout, stderr)
	defer d.Close()
	return goOn(ctx, c, src, db, from, page, &d.Progress)
}

// goOn imports the rows behind from.
func goOn(ctx context.Context, c config, src *source, db *store, from progress, page *admin.Page, shown *console.Progress) (progress, error) {
	p := page.Pool(c.poolOptions()...)
	defer p.Close()
	im := importer{batch: c.batch, retry: retries[progress](c.retries, firstPause), insert: db.insert, progress: shown}
	done, err := im.run(ctx, p, src, from)
	if err == nil {
		return done, nil
	}
	// The last commit may have succeeded although ctx ended it: the database knows.
	done, lookup := load(context.WithoutCancel(ctx), db, src.path)
	return done, errors.Join(err, lookup)
}
