package temporal

import (
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// Config describes a queue and how to reach it. The zero value is a queue on a server
// of this machine, in the namespace "default".
type Config struct {
	// Queue is the name of the queue: letters, digits, - and _. The default is
	// "default". Queues of a namespace share nothing.
	Queue string

	// Lease is how long a worker may be silent before its calls are run elsewhere; 10 s
	// by default. Each call has the lease of its submitter, so that workers need not know
	// it.
	Lease time.Duration

	// Longest is how long one run of a function may take, before the server takes the
	// worker for dead; 24 h by default. Use cluster.Timeout to bound a function.
	Longest time.Duration

	// Client says where the server is: address, namespace, TLS, credentials, and a data
	// converter, which may encrypt what is stored. Without a logger nothing is logged.
	Client client.Options
}

const (
	defaultQueue   = "default"
	defaultLease   = 10 * time.Second
	defaultLongest = 24 * time.Hour
	minLease       = time.Second // a quarter of it is some requests
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// check fills in defaults, and panics if a field is out of range.
func (c *Config) check() {
	if c.Queue == "" {
		c.Queue = defaultQueue
	}
	if c.Lease == 0 {
		c.Lease = defaultLease
	}
	if c.Longest == 0 {
		c.Longest = defaultLongest
	}
	if c.Client.Logger == nil {
		c.Client.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	}
	switch {
	case !queueName.MatchString(c.Queue):
		panic(fmt.Sprintf("temporal: Config.Queue %q: want letters, digits, - and _, at most 64", c.Queue))
	case c.Lease < minLease:
		panic(fmt.Sprintf("temporal: Config.Lease %v: want 0 or at least %v", c.Lease, minLease))
	case c.Longest < c.Lease:
		panic(fmt.Sprintf("temporal: Config.Longest %v: want 0 or at least the lease, %v", c.Longest, c.Lease))
	}
}

// activityID returns the id of a call's activity: those are unique in a namespace.
func (c *Config) activityID(id string) string { return c.Queue + "/" + id }
