package observe

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/millrace-go/millrace/pool"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// policy lets a browser use the page's own style and script and nothing else, whatever
// a name or an error on it may hold.
var policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; img-src data:; "+
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'", hashOf(pageCSS), hashOf(pageJS))

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"duration": duration, "whole": whole, "rate": rate, "bar": newBar, "charts": charts, "stages": stageRows, "age": oldest, "tally": newTally, "culprit": culprit, "clock": clock, "more": more,
}).Parse(pageHTML))

// pageData is what the template is given.
type pageData struct {
	*snapshot
	Program string
	Once    bool
	CSS     template.CSS
	JS      template.JS
}

func writeHTML(to *bytes.Buffer, s *snapshot, once bool) error {
	return page.Execute(to, pageData{
		snapshot: s, Once: once, CSS: template.CSS(pageCSS), JS: template.JS(pageJS),
		Program: fmt.Sprintf("%s, process %d", filepath.Base(os.Args[0]), os.Getpid()),
	})
}

func clock(t time.Time) string { return t.Format("15:04:05") }

// oldest returns how long the oldest pending task of a pool has waited.
func oldest(s pool.Stats) seconds { return inSeconds(s.OldestQueued) }

// duration returns a time as people read it: three digits, or two units.
func duration(s seconds) string {
	d := time.Duration(float64(s) * float64(time.Second))
	if d >= time.Second {
		d = d.Round(100 * time.Millisecond) // first: almost a minute is one
	}
	switch {
	case d < 0:
		return "0"
	case d < time.Second:
		return significant(d).String()
	case d < time.Minute:
		return d.String()
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// significant rounds to three digits.
func significant(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// several returns n and its unit, in the plural unless n is 1.
func several(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return whole(n) + " " + unit + "s"
}

// whole returns an integer with its digits in groups.
func whole(v any) string {
	digits := fmt.Sprint(v)
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	var groups []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
	}
	return sign + strings.Join(append([]string{digits}, groups...), "\u202f")
}

// rate returns a number a second.
func rate(f float64) string {
	if f >= 100 || f == math.Trunc(f) {
		return whole(int64(math.Round(f)))
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}

// more says what a list leaves out, if it does.
func more(shown, all int, what string) string {
	if shown >= all {
		return ""
	}
	return fmt.Sprintf("%s of %s %s.", whole(shown), whole(all), what)
}
