package observe

import (
	"encoding/json"

	"github.com/millrace-go/millrace/pool"
)

// A Source has the figures of a pool: a *pool.Pool.
type Source interface{ Stats() pool.Stats }

// A Var is a variable for package expvar.
type Var struct{ source Source }

// Expvar returns the arguments of [expvar.Publish], for a variable of this name with the
// figures of a pool:
//
//	expvar.Publish(observe.Expvar("thumbnails", p))
//
// The variable is a JSON object with the fields of [pool.Stats], as they are when it is
// read. Expvar does not call Publish itself, because importing package expvar puts a
// handler on [http.DefaultServeMux] that would show the command line on a public port.
// Expvar panics if source is nil.
func Expvar(name string, source Source) (string, Var) {
	if source == nil {
		panic("observe: Expvar: nil source")
	}
	source.Stats() // a nil or zero pool panics here, and not when it is looked at
	return name, Var{source}
}

// String implements expvar.Var.
func (v Var) String() string {
	b, err := json.Marshal(v.source.Stats())
	if err != nil {
		return "null" // figures and a name: there is nothing to go wrong
	}
	return string(b)
}
