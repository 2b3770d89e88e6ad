package jetstream

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// The subjects of a queue begin with "mr." and its name.
//
//	c.<line>.<key>  a call, in the stream of calls
//	r.<key>         an outcome, in the stream of results
//	n.<key>         how often a call is known to have been started, in the stream of results
//	w.<worker>      what a worker says of itself, in the stream of results
//	e.<key>         news of a call that goes on
//	b.<key>         a question to the worker that holds a call whether it has begun
//	a.<worker>      questions to a worker whether it holds calls, which it then ends
//	d               the same, to all workers
//	s               a question to all workers what they do
//
// A key is two tokens: the client's name and a number, or x and the id of a named call.
// A line is a priority: 0 is the highest.

// lines is how many priorities there are.
const lines = 3

func lineOf(priority int) int       { return 1 - priority }
func lineToken(line int) string     { return strconv.Itoa(line) }
func consumerName(line int) string  { return "p" + lineToken(line) }
func (c *Config) prefix() string    { return "mr." + c.Queue + "." }
func (c *Config) callsName() string { return "MR_" + c.Queue + "_CALLS" }

func (c *Config) resultsName() string { return "MR_" + c.Queue + "_RESULTS" }

// key makes an id two tokens of a subject. An id of a client is that already.
func key(id string) string {
	if name, named := strings.CutPrefix(id, "x."); named {
		return "x." + base64.RawURLEncoding.EncodeToString([]byte(name))
	}
	return id
}

// idOf returns the kind of a subject and the id of its call.
func (c *Config) idOf(subject string) (kind, id string) {
	kind, id, _ = strings.Cut(strings.TrimPrefix(subject, c.prefix()), ".")
	if name, named := strings.CutPrefix(id, "x."); named {
		if b, err := base64.RawURLEncoding.DecodeString(name); err == nil {
			id = "x." + string(b)
		}
	}
	return kind, id
}

// wellFormed reports whether an id of a message makes a subject: it was not checked by
// a client of this package if another program has written to the queue.
func wellFormed(id string) bool {
	if strings.HasPrefix(id, "x.") {
		return len(id) > 2
	}
	client, n, ok := strings.Cut(id, ".")
	return ok && isToken(client) && isToken(n)
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == '.' || r == '*' || r == '>' || r > '~'
	})
}

// workerToken makes a worker's name a token of a subject.
func workerToken(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return '_'
	}, name)
}

// inquirySubject is the subject of questions to one worker.
func (c *Config) inquirySubject(worker string) string { return c.prefix() + "a." + workerToken(worker) }

func (e *Engine) subject(kind, id string) string { return e.cfg.prefix() + kind + "." + key(id) }
