package exampletest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A Looker is a standard error that reads what the program says of its page, and may do
// something in the middle of it.
type Looker struct {
	// At is called, once, by the write that has the text When in it: what the program does
	// then, goes on when At has returned.
	When string
	At   func()

	mu  sync.Mutex
	all bytes.Buffer
	at  bool
}

// Write implements io.Writer.
func (l *Looker) Write(p []byte) (int, error) {
	l.mu.Lock()
	n, err := l.all.Write(p)
	now := l.At != nil && !l.at && strings.Contains(string(p), l.When)
	l.at = l.at || now
	l.mu.Unlock()
	if now {
		l.At()
	}
	return n, err
}

// String returns what was written.
func (l *Looker) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

var page = regexp.MustCompile(`http://\S+/debug/millrace`)

// Page returns the page with a query, "" if there is none (yet).
func (l *Looker) Page(t *testing.T, query string) string {
	t.Helper()
	url := page.FindString(l.String())
	if url == "" {
		return ""
	}
	resp, err := http.Get(url + query)
	if err != nil {
		t.Errorf("GET %s%s: %v", url, query, err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s%s: %s, %v", url, query, resp.Status, err)
	}
	return string(body)
}
