package main

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// An order is a valid row.
type order struct {
	id       int64
	customer string // an address
	cents    int64
	currency string
	placed   time.Time
}

// A checked row is an order, or why it is none.
type checked struct {
	at    position // behind the row
	order order
	why   string // it was rejected; "" if it was not
}

// check makes a row an order, or a rejection.
func check(_ context.Context, r row) (checked, error) {
	o, err := parseOrder(r.record)
	if err != nil {
		return checked{}, &rejection{r.at, err}
	}
	return checked{at: r.at, order: o}, nil
}

func parseOrder(record []string) (o order, err error) {
	if want := strings.Count(header, ",") + 1; len(record) != want {
		return o, fmt.Errorf("%d fields, want %d", len(record), want)
	}
	if o.id, err = strconv.ParseInt(record[0], 10, 64); err != nil || o.id < 1 {
		return o, fmt.Errorf("id %q", record[0])
	}
	address, err := mail.ParseAddress(record[1])
	if err != nil {
		return o, fmt.Errorf("customer %q: %w", record[1], err)
	}
	o.customer = strings.ToLower(address.Address)
	if o.cents, err = parseCents(record[2]); err != nil {
		return o, fmt.Errorf("amount %q: %w", record[2], err)
	}
	if o.currency = record[3]; !currency.MatchString(o.currency) {
		return o, fmt.Errorf("currency %q", o.currency)
	}
	if o.placed, err = time.Parse(time.RFC3339, record[4]); err != nil {
		return o, fmt.Errorf("placed %q: want a time as in RFC 3339", record[4])
	}
	return o, nil
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

var errAmount = errors.New("want a number above 0 with two decimals")

// parseCents returns an amount in cents. It does not go through a float, in
// which 0.29 is not 29 cents.
func parseCents(s string) (int64, error) {
	units, cents, ok := strings.Cut(s, ".")
	if !ok || len(cents) != 2 || strings.ContainsAny(s, "+-") {
		return 0, errAmount
	}
	n, err := strconv.ParseInt(units+cents, 10, 64)
	if err != nil || n == 0 || units == "" {
		return 0, errAmount
	}
	return n, nil
}
