// Package report turns the results of a run into tables for people, and reads
// them back.
package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/millrace-go/millrace/bench/internal/machine"
	"github.com/millrace-go/millrace/bench/internal/measure"
)

// A Run has all samples of one run, and the machine of the run. Its JSON is the raw
// samples.
type Run struct {
	Version string // the minor version of millrace
	Date    time.Time
	Quick   bool `json:",omitempty"` // its figures mean nothing
	Machine machine.Machine
	Results []measure.Result
}

// Store writes the run as JSON.
func (r Run) Store(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(r)
}

// Load reads the output of Store.
func Load(r io.Reader) (Run, error) {
	var run Run
	err := json.NewDecoder(r).Decode(&run)
	return run, err
}

// result returns the result of that workload, nil if there is none.
func (r *Run) result(workload string) *measure.Result {
	for i := range r.Results {
		if r.Results[i].Name == workload {
			return &r.Results[i]
		}
	}
	return nil
}
