package observe_test

import (
	"encoding/json"
	"testing"

	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// The variable has the figures of the pool as they are when it is read.
func TestExpvar(t *testing.T) {
	f := &figures{stats: pool.Stats{Name: "web", Workers: 8}}
	v := observe.Expvar(f)
	f.stats.Running = 3
	var got pool.Stats
	if err := json.Unmarshal([]byte(v.String()), &got); err != nil || got != f.stats {
		t.Errorf("the variable is %s, %v, want %+v", v, err, f.stats)
	}
}
