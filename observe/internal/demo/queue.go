package main

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/observe/queues"
)

// A mail is the queue of a cluster that is not there: this module has no engine.
type mail struct{ began time.Time }

// Status implements observe.QueueSource.
func (m mail) Status(context.Context) (queues.Status, error) {
	now := time.Now()
	n := int64(now.Sub(m.began) / (30 * time.Millisecond))
	s := queues.Status{Engine: "jetstream", Queue: "mail", Queued: 312, Held: 12, Oldest: 4200 * time.Millisecond, Kept: int(n), Lease: 10 * time.Second}
	for i, beat := range []time.Duration{40 * time.Millisecond, 60 * time.Millisecond, 23 * time.Second} {
		s.Workers = append(s.Workers, queues.Worker{
			Name: fmt.Sprintf("worker-%d/%d/k%d", i+1, 4100+i, i), Tasks: []string{"render", "send"}, Slots: 4, Held: 4, Since: m.began, Beat: now.Add(-beat),
			Succeeded: n / int64(i+2), Failed: n / 900, Retried: n / 300,
			Running: []queues.Call{{Task: "send", ID: fmt.Sprintf("invoice-%d", 4711+i), Attempt: 1 + i/2, Since: now.Add(-beat - 300*time.Millisecond)}},
		})
	}
	return s, nil
}
