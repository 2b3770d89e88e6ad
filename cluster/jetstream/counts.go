package jetstream

import (
	"sync/atomic"

	"github.com/millrace-go/millrace/cluster"
)

// counts are what a worker has done since it began.
type counts struct{ succeeded, failed, aborted, lost, refused, retried, returned atomic.Int64 }

func (c *counts) add(k cluster.Kind) {
	switch k {
	case cluster.Succeeded:
		c.succeeded.Add(1)
	case cluster.Aborted:
		c.aborted.Add(1)
	case cluster.Lost:
		c.lost.Add(1)
	case cluster.NeverRan, cluster.Unknown:
		c.refused.Add(1)
	default:
		c.failed.Add(1)
	}
}

// addBack counts a call that was given back: to be retried, or not started at all.
func (c *counts) addBack(begun bool) {
	if begun {
		c.retried.Add(1)
		return
	}
	c.returned.Add(1)
}
