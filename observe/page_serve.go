package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// snapshotAge is how old a snapshot may be that is shown: however many look at the
// page, the program is looked at no more often than this.
const snapshotAge = 500 * time.Millisecond

// shared is the last snapshot, without and with stacks.
type shared struct {
	page *Page
	turn chan struct{} // has a value while a snapshot is taken
	last [2]*snapshot  // guarded by turn
}

// get returns a snapshot, or nil if ctx ended first.
func (s *shared) get(ctx context.Context, stacks bool) *snapshot {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-s.turn }()
	last := &s.last[count(stacks)]
	if s.page.fresh(*last) {
		return *last
	}
	next := s.page.look(ctx, stacks)
	if ctx.Err() != nil {
		return nil // it may have looked less often than it should
	}
	*last = next
	return next
}

// fresh reports whether a snapshot may be shown again: what is added or removed shows at once.
func (p *Page) fresh(s *snapshot) bool {
	return s != nil && time.Since(s.At) < s.kept &&
		slices.Equal(s.sources, p.sources.list()) && slices.Equal(s.watches, p.queues.list())
}

// ServeHTTP serves the page to GET and HEAD, at whatever path. The query may have
//
//   - format=json: the same as JSON;
//   - stacks=1: the stacks of the running tasks. They come from a goroutine profile of
//     the whole program, so ask for them only when you need them. It takes 2 s for 20,000
//     goroutines; if the program has more, there are no stacks, and the page says so;
//   - once=1: a page that does not renew itself.
//
// It takes 0.3 s if a pipeline runs, and up to 0.5 s longer for the answers of queues. All who
// look within half a second get the same figures, and the same stacks for longer if those took
// long.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.check()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "read-only", http.StatusMethodNotAllowed)
		return
	}
	query := r.URL.Query()
	s := p.shared.get(r.Context(), query.Get("stacks") == "1")
	if s == nil {
		return // the client is gone
	}
	var body bytes.Buffer
	write, kind := writeHTML, "text/html; charset=utf-8"
	if query.Get("format") == "json" {
		write, kind = writeJSON, "application/json"
	}
	if err := write(&body, s, query.Get("once") == "1"); err != nil {
		http.Error(w, fmt.Sprintf("observe: %v", err), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(body.Bytes())
}

func writeJSON(to *bytes.Buffer, s *snapshot, _ bool) error {
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(s)
}
