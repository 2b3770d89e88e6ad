package main

import (
	"strings"
	"testing"
	"time"
)

func TestParseOrder(t *testing.T) {
	o, err := parseOrder([]string{"17", `"Doe, Jo" <Jo@Example.com>`, "12.05", "EUR", "2026-01-02T03:04:05+01:00"})
	want := order{id: 17, customer: "jo@example.com", cents: 1205, currency: "EUR", placed: time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC)}
	same := o.placed.Equal(want.placed)
	if o.placed = want.placed; err != nil || o != want || !same {
		t.Errorf("parseOrder = %+v, %v, want %+v", o, err, want)
	}
}

func TestParseOrderRejects(t *testing.T) {
	for row, says := range map[string]string{
		"":                               "1 fields, want 5",
		"1,jo@x.y,1.00,EUR":              "4 fields, want 5",
		",jo@x.y,1.00,EUR,2026":          `id ""`,
		"0,jo@x.y,1.00,EUR,2026":         `id "0"`,
		"1e3,jo@x.y,1.00,EUR,2026":       `id "1e3"`,
		"9223372036854775808,,,,":        `id "9223372036854775808"`,
		"1,jo,1.00,EUR,2026":             `customer "jo"`,
		"1,jo@x.y,1.00,eur,2026":         `currency "eur"`,
		"1,jo@x.y,1.00,EUROS,2026":       `currency "EUROS"`,
		"1,jo@x.y,1.00,EUR,2026-13-01":   `placed "2026-13-01"`,
		"1,jo@x.y,0.00,EUR,2026":         `amount "0.00"`,
		"1,jo@x.y,1,EUR,2026":            `amount "1"`,
		"1,jo@x.y,1.5,EUR,2026":          `amount "1.5"`,
		"1,jo@x.y,.50,EUR,2026":          `amount ".50"`,
		"1,jo@x.y,-1.00,EUR,2026":        `amount "-1.00"`,
		"1,jo@x.y,1.-1,EUR,2026":         `amount "1.-1"`,
		"1,jo@x.y,1.0.0,EUR,2026":        `amount "1.0.0"`,
		"1,jo@x.y,1_0.00,EUR,2026":       `amount "1_0.00"`,
		"1,jo@x.y,99999999999999999.99,": `4 fields, want 5`,
	} {
		if o, err := parseOrder(strings.Split(row, ",")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("parseOrder(%q) = %+v, %v, want %q", row, o, err, says)
		}
	}
}

func TestParseCents(t *testing.T) {
	for s, want := range map[string]int64{"0.29": 29, "0.01": 1, "1.00": 100, "007.50": 750, "92233720368547758.07": 9223372036854775807} {
		if got, err := parseCents(s); got != want || err != nil {
			t.Errorf("parseCents(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
	if got, err := parseCents("92233720368547758.08"); err == nil {
		t.Errorf("parseCents of too much = %d, want an error", got)
	}
}
