package observe

import (
	"encoding/json"

	"github.com/millrace-go/millrace/pool"
)

// A Source is what has the figures of a pool: a *pool.Pool.
type Source interface{ Stats() pool.Stats }

// A Var is a variable for package expvar.
type Var struct{ source Source }

// Expvar returns the figures of a pool as a variable for package expvar:
//
//	expvar.Publish("thumbnails", observe.Expvar(p))
//
// The figures are those of the instant at which it is read, as a JSON object with the
// fields of pool.Stats. It is the caller who publishes it: importing package expvar
// puts a handler on http.DefaultServeMux, which not every user of this package wants.
// It panics if source is nil.
func Expvar(source Source) Var {
	if source == nil {
		panic("observe: Expvar: nil source")
	}
	return Var{source}
}

// String implements expvar.Var.
func (v Var) String() string {
	b, err := json.Marshal(v.source.Stats())
	if err != nil {
		return "null" // figures and a name: there is nothing to go wrong
	}
	return string(b)
}
