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
	name, v := observe.Expvar("web", f)
	f.stats.Running = 3
	var got pool.Stats
	if err := json.Unmarshal([]byte(v.String()), &got); err != nil || got != f.stats || name != "web" {
		t.Errorf("the variable %q is %s, %v, want %+v", name, v, err, f.stats)
	}
}
