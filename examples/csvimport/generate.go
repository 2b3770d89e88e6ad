package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
)

// generate writes a file of n rows, always the same ones. The end of ctx ends it behind a row.
func generate(ctx context.Context, w io.Writer, n int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, header)
	random := rand.New(rand.NewPCG(1, 2))
	placed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		if i%1000 == 0 && ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%w after %s", context.Cause(ctx), console.Count(i, "row")), out.Flush())
		}
		placed = placed.Add(time.Duration(random.IntN(1000)) * time.Second)
		fmt.Fprintln(out, generateRow(random, i+1, placed))
	}
	return out.Flush() // which has the first error
}

// faultEvery is how often a generated row is not valid.
const faultEvery = 97

func generateRow(random *rand.Rand, id int, placed time.Time) string {
	customer := fmt.Sprintf(`"""Doe, Jo"" <jo.%d@example.com>"`, random.IntN(10_000))
	amount := fmt.Sprintf("%d.%02d", 1+random.IntN(500), random.IntN(100))
	currency := []string{"EUR", "SEK", "USD"}[random.IntN(3)]
	at := placed.Format(time.RFC3339)
	if id%faultEvery == 0 {
		switch id / faultEvery % 7 {
		case 0:
			amount = "-" + amount
		case 1:
			currency = "euro"
		case 2:
			at = placed.Format(time.DateTime)
		case 3:
			customer = "nobody"
		case 4:
			id -= faultEvery / 2 // an order that is there already
		case 5:
			customer = `x"y` // no CSV
		case 6:
			return fmt.Sprintf("%d,%s,%s", id, customer, amount)
		}
	}
	return fmt.Sprintf("%d,%s,%s,%s,%s", id, customer, amount, currency, at)
}
