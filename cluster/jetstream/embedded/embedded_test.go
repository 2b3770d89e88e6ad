package embedded_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// dial connects to a server, however long that takes.
func dial(url string, opts ...nats.Option) (*nats.Conn, error) {
	opts = append(opts, nats.Timeout(5*time.Minute))
	for {
		nc, err := nats.Connect(url, opts...)
		if err == nil || !strings.Contains(err.Error(), "got 'PING'") && !strings.Contains(err.Error(), "Authentication Timeout") {
			return nc, err // else the machine stood still for seconds
		}
	}
}

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
			if nc, err := dial(u.String()); err != nil {
				t.Errorf("with what is in the URL of the server: %v", err)
			} else {
				nc.Close()
			}
			u.User = nil
			nc, err := dial(u.String(), nats.Token(test.token))
			if err == nil {
				nc.Close()
			}
			if (err == nil) != test.open {
				t.Errorf("a stranger with the token %q: %v, want that it can connect: %t", test.token, err, test.open)
			}
		})
	}
}

// A server that cannot start says why, and leaves nothing behind that keeps another from
// starting.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Start(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		dir  string
		port int
		want string
	}{
		"port":      {t.TempDir(), port, "address already in use"},
		"file":      {file, 0, "not a directory"},
		"directory": {dir, 0, "another server uses the directory"},
	} {
		if name == "directory" && runtime.GOOS == "windows" {
			continue
		}
		other, err := embedded.Start(test.dir, test.port)
		if err == nil {
			other.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "embedded: ") || runtime.GOOS != "windows" && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want embedded: … %s", name, err, test.want)
		}
	}
	s.Close()
	s.Close()
	s, err = embedded.Start(dir, port)
	for err != nil && strings.Contains(err.Error(), "address already in use") { // a connection may begin there
		time.Sleep(100 * time.Millisecond)
		s, err = embedded.Start(dir, port)
	}
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	s.Close()
}

// What is out of range is refused where it is written.
func TestOutOfRange(t *testing.T) {
	for want, call := range map[string]func(){
		"MaxPayload(16383)":    func() { embedded.MaxPayload(16383) },
		"MaxPayload(67108865)": func() { embedded.MaxPayload(64<<20 + 1) },
		"TLS(nil)":             func() { embedded.TLS((*tls.Config)(nil)) },
		"port -1":              func() { _, _ = embedded.Start("", -1) },
		"port 65536":           func() { _, _ = embedded.Start("", 65536) },
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "embedded: ") || !strings.Contains(text, want) {
					t.Errorf("panic %q, want %q", text, want)
				}
			}()
			call()
		}()
	}
}
