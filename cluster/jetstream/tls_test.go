package jetstream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
)

// certificate returns one that signs itself, for the loopback interface, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trust
}

// TLS and a token pass through, to the server and to the connection.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, trust := certificate(t)
	s := startServer(t, embedded.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}), embedded.Token("secret"))
	if !strings.HasPrefix(s.URL(), "tls://secret@127.0.0.1:") {
		t.Fatalf("URL = %s", s.URL())
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := jetstream.Connect(ctx, s.URL(), jetstream.Config{Options: []nats.Option{nats.Secure(&tls.Config{RootCAs: trust})}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	stop := startWorker(t, e, square)
	defer stop()
	if v, err := square.Submit(ctx, cluster.NewClient(e), 4).Await(ctx); v != 16 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
	if _, err := jetstream.Connect(ctx, s.URL(), jetstream.Config{}); err == nil {
		t.Error("Connect without trust in the certificate = nil")
	}
}
