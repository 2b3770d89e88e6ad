// Command demo serves the page of package observe with something on it: two pools, a
// pipeline whose second stage is its bottleneck, slow tasks and failures. It is what
// the picture in the documentation is taken of.
//
//	go run ./observe/internal/demo -listen localhost:6060
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/millrace-go/millrace/observe"
)

func main() {
	listen := flag.String("listen", "localhost:0", "`address` to serve the page on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen string) error {
	page := observe.NewPage()
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/debug/millrace\n", l.Addr())
	mux := http.NewServeMux()
	mux.Handle("/debug/millrace", page)
	server := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn)}
	done := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer done()
	go work(ctx, page)
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}
