package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// maxPage is how much of a page is read, in bytes.
const maxPage = 1 << 20

// get gets a page, and returns the addresses that it links to, or redirects to.
func get(ctx context.Context, client *http.Client, u *url.URL) (page, []*url.URL) {
	p := page{url: u.String()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		p.err = err
		return p, nil
	}
	resp, err := client.Do(req)
	if err != nil {
		p.err = err
		return p, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	p.status, p.bytes, p.err = resp.StatusCode, len(text), err
	if to, none := resp.Location(); none == nil && p.status/100 == 3 {
		to.Fragment = ""
		return p, []*url.URL{to}
	}
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return p, nil
	}
	return p, linksIn(u, string(text))
}

// href finds links. A real crawler would parse the page.
var href = regexp.MustCompile(`(?i)\bhref\s*=\s*["']([^"']+)["']`)

// linksIn returns the addresses of pages that a page links to, without what is
// behind a #.
func linksIn(base *url.URL, text string) (links []*url.URL) {
	for _, m := range href.FindAllStringSubmatch(text, -1) {
		u, err := base.Parse(m[1])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		u.Fragment = ""
		links = append(links, u)
	}
	return links
}
