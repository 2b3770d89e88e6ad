package embedded_test

import (
	"fmt"
	"log"
	"net/url"

	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// Without options only programs on this machine can connect; with Listen only those that have
// the token, which is part of the URL.
func ExampleStart() {
	for _, opts := range [][]embedded.Option{nil, {embedded.Listen("0.0.0.0")}} {
		server, err := embedded.Start("", 0, opts...)
		if err != nil {
			log.Fatal(err)
		}
		u, err := url.Parse(server.URL())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(u.Scheme, u.Hostname() == "127.0.0.1", u.User != nil)
		server.Close()
	}
	// Output:
	// nats true false
	// nats false true
}
