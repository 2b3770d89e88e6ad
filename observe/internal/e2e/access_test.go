package e2e_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/millrace-go/millrace/observe"
)

// faint returns the texts that are hard to read: whose contrast with what is behind them is
// less than 4.5, as the Web Content Accessibility Guidelines compute it.
const faint = `(() => {
	const numbers = (s) => s.match(/[\d.]+/g).map(Number);
	const part = (v) => v <= 10.31475 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
	const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = numbers(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	const found = new Set();
	for (const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); w.nextNode();) {
		const e = w.currentNode.parentElement;
		if (!w.currentNode.data.trim() || !e.getClientRects().length) continue;
		const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) found.add(w.currentNode.data.trim().slice(0, 20) + ": " + ratio.toFixed(2));
	}
	return [...found].join(", ");
})()`

// Every text can be read, in the light and in the dark, and whatever is a picture has a
// text for readers that cannot see it.
func TestContrast(t *testing.T) {
	b := open(t, full(t), "?once=1&stacks=1")
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			t.Fatal(err)
		}
		if bad := b.eval(faint); bad != "" {
			t.Errorf("in the %s, hard to read is %s", scheme, bad)
		}
	}
	b.want(`[...document.querySelectorAll("svg")].every((s) => s.getAttribute("role") === "img" && s.getAttribute("aria-label"))`, "true")
	b.want(`[...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i).join()`, "")
	b.want(`[...document.querySelectorAll("[aria-labelledby]")].every((e) => document.getElementById(e.getAttribute("aria-labelledby")))`, "true")
}

// Without JavaScript the page is the same, renews itself by loading again, and offers
// nothing that would not work.
func TestWithoutJavaScript(t *testing.T) {
	page := observe.NewPage()
	failed(page, "send", errors.New("the first one"), false)
	b := open(t, page, "")
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("#failures")))
	b.comes(`String(document.querySelector("#pause")?.checkVisibility())`, "false")
	failed(page, "send", errors.New("the second one"), false)
	b.comes(`document.querySelector("#failures")?.innerText ?? ""`, "the second one")
	b.fine()
}

// comes waits until a text has a part. There is none while the page loads, as it does again and again.
func (b *tab) comes(expr, part string) {
	b.t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expr))
		if err == nil && strings.Contains(s, part) {
			return
		}
		if time.Since(began) > patience {
			b.t.Fatalf("%s = %q, %v, want %q", expr, s, err, part)
		}
	}
}
