package jetstream

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Queues returns the names of the queues that a server has, in order. The options are those
// of the connection.
func Queues(ctx context.Context, url string, opts ...nats.Option) (names []string, err error) {
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	list := js.StreamNames(ctx)
	for stream := range list.Name() {
		name, ok := strings.CutPrefix(stream, "MR_")
		if name, is := strings.CutSuffix(name, "_CALLS"); ok && is && queueName.MatchString(name) {
			names = append(names, name)
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	slices.Sort(names)
	return names, nil
}
