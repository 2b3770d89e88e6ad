package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// A request asks a process that serves for a sample of one entry.
type request struct {
	Workload, Entry string
	Least           time.Duration
}

// Serve takes the samples that it is asked for, one request of JSON after the other,
// until in ends. It lets one program measure entries of several, in turns.
func Serve(ws []Workload, in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	repeat := map[request]*int{}
	for {
		var r request
		if err := requests.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		w, e, ok := find(ws, r.Workload, r.Entry)
		if !ok {
			return fmt.Errorf("measure: no entry %q of a workload %q", r.Entry, r.Workload)
		}
		if repeat[r] == nil {
			repeat[r] = new(int)
		}
		if err := answers.Encode(w.sample(e, r.Least, repeat[r])); err != nil {
			return err
		}
	}
}

// sample takes a sample on the processors that the workload wants.
func (w Workload) sample(e Entry, least time.Duration, repeat *int) Sample {
	defer w.processors()()
	return e.sample(least, repeat)
}

func find(ws []Workload, workload, entry string) (Workload, Entry, bool) {
	for _, w := range ws {
		for _, e := range w.Entries {
			if w.Name == workload && e.Name == entry {
				return w, e, true
			}
		}
	}
	return Workload{}, Entry{}, false
}

// A Server is another process that serves.
type Server struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	requests *json.Encoder
	answers  *json.Decoder
}

// Start starts the command, which has to call Serve on its standard input and output.
func Start(command ...string) (*Server, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Server{cmd, in, json.NewEncoder(in), json.NewDecoder(out)}, cmd.Start()
}

// Sample makes the process take a sample.
func (s *Server) Sample(workload, entry string, least time.Duration) (Sample, error) {
	if err := s.requests.Encode(request{workload, entry, least}); err != nil {
		return nil, err
	}
	var sample Sample
	err := s.answers.Decode(&sample)
	return sample, err
}

// Close ends the process, and waits for it.
func (s *Server) Close() error {
	return errors.Join(s.in.Close(), s.cmd.Wait())
}
