package embedded_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// The options say who can connect.
func TestWhoCanConnect(t *testing.T) {
	for name, test := range map[string]struct {
		opts  []embedded.Option
		token string // that a stranger has
		open  bool   // to who has it
	}{
		"loopback":          {nil, "", true},
		"a nil option":      {[]embedded.Option{nil}, "", true},
		"everywhere":        {[]embedded.Option{embedded.Listen("0.0.0.0")}, "", false},
		"everywhere, open":  {[]embedded.Option{embedded.Listen("0.0.0.0"), embedded.Open()}, "", true},
		"a token":           {[]embedded.Option{embedded.Token("secret")}, "", false},
		"the token":         {[]embedded.Option{embedded.Token("secret")}, "secret", true},
		"a token, and open": {[]embedded.Option{embedded.Token("secret"), embedded.Open()}, "guess", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := embedded.Start("", 0, test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			u, err := url.Parse(s.URL())
			if err != nil {
				t.Fatal(err)
			}
			u.Host = net.JoinHostPort("127.0.0.1", u.Port()) // the machine's name may not be known
			if nc, err := nats.Connect(u.String()); err != nil {
				t.Errorf("with what is in the URL of the server: %v", err)
			} else {
				nc.Close()
			}
			u.User = nil
			nc, err := nats.Connect(u.String(), nats.Token(test.token))
			if err == nil {
				nc.Close()
			}
			if (err == nil) != test.open {
				t.Errorf("a stranger with the token %q: %v, want that it can connect: %t", test.token, err, test.open)
			}
		})
	}
}
