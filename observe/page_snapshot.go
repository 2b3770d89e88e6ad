package observe

import (
	"strconv"
	"time"

	"github.com/millrace-go/millrace/pool"
)

// A snapshot is what the page shows, and its JSON. All times are seconds, but for
// OldestQueued of pool.Stats, which is in nanoseconds as everywhere.
type snapshot struct {
	At        time.Time      `json:"at"`
	Uptime    seconds        `json:"uptime"`    // since the page was made
	Attention []note         `json:"attention"` // what needs it
	Pools     []poolView     `json:"pools"`
	Pipelines []pipelineView `json:"pipelines"`
	Queues    []queueView    `json:"queues,omitempty"` // of clusters, if any was added
	Tasks     []taskView     `json:"tasks"`            // running, the oldest first
	Failures  []failureView  `json:"failures"`         // that differ, the last first
	Totals    totals         `json:"totals"`
	NoStacks  string         `json:"noStacks,omitempty"` // why there are none, though they were asked for
	Stacks    bool           `json:"-"`                  // were asked for
	kept      time.Duration  // how long it is shown, as long as these are all that was added:
	sources   []*Source
	watches   []*queueWatch
}

// totals are how many there are of what lists are capped.
type totals struct {
	Attention int    `json:"attention"`
	Pools     int    `json:"pools"`
	Pipelines int    `json:"pipelines"`
	Queues    int    `json:"queues,omitempty"`
	Tasks     int    `json:"tasks"`
	Failures  uint64 `json:"failures"` // that have occurred
}

type poolView struct {
	pool.Stats
	Error   string       `json:",omitempty"` // why it takes no more work
	History *historyView `json:",omitempty"` // of its tasks, if the page observes it
	ID      int          `json:"-"`          // no other one has it
	Alarm   bool         `json:"-"`          // it needs attention
}

// Element returns the id of the pool's element of the page.
func (p *poolView) Element() string { return "pool-" + strconv.Itoa(p.ID) }

// A historyView has one value a step, the oldest first.
type historyView struct {
	Step       seconds   `json:"step"`
	Ended      []float64 `json:"ended"`      // tasks a second
	Failed     []float64 `json:"failed"`     // tasks a second
	TurnedAway []float64 `json:"turnedAway"` // tasks a second that the pool had no place for, or refused because it was closed
	Wait       []seconds `json:"wait"`       // mean of the tasks that ended
}

type pipelineView struct {
	Pool       string      `json:"pool"`
	Age        seconds     `json:"age"`
	Stages     []stageView `json:"stages"` // from the source to the sink
	Bottleneck verdict     `json:"bottleneck"`
}

type stageView struct {
	Name       string  `json:"name"`
	Rate       float64 `json:"rate"` // items delivered a second
	Pulled     uint64  `json:"pulled"`
	Delivered  uint64  `json:"delivered"`
	Held       uint64  `json:"held"`
	Window     uint64  `json:"window"`
	Running    int     `json:"running"`
	Limit      int     `json:"limit"`
	InputEnded bool    `json:"inputEnded"`
}

type queueView struct {
	Engine  string       `json:"engine"`
	Queue   string       `json:"queue"`
	Known   bool         `json:"known"` // it has answered
	Age     seconds      `json:"age"`   // of the answer
	Error   string       `json:"error,omitempty"`
	Queued  int          `json:"queued"`
	Held    int          `json:"held"`
	Oldest  seconds      `json:"oldest"`
	Kept    int          `json:"kept"`
	Unsure  int          `json:"unsure"`
	Lease   seconds      `json:"lease"`
	Totals  queueTotals  `json:"totals"`
	Workers []workerView `json:"workers"`
	Calls   []callView   `json:"calls"` // in flight, the oldest first
}

// queueTotals are sums over all workers of a queue, also those that are left out.
type queueTotals struct {
	Workers int   `json:"workers"`
	Silent  int   `json:"silent"`
	Running int   `json:"running"`
	Failed  int64 `json:"failed"`
	Retried int64 `json:"retried"`
	Lost    int64 `json:"lost"`
}

type workerView struct {
	Name      string   `json:"name"`
	Tasks     []string `json:"tasks"`
	Silent    bool     `json:"silent"` // for longer than the lease
	Beat      seconds  `json:"beat"`   // ago
	Slots     int      `json:"slots"`
	Held      int      `json:"held"`
	Running   int      `json:"running"`
	Succeeded int64    `json:"succeeded"`
	Failed    int64    `json:"failed"`
	Retried   int64    `json:"retried"`
	Returned  int64    `json:"returned"`
	Refused   int64    `json:"refused"`
	Aborted   int64    `json:"aborted"`
	Lost      int64    `json:"lost"`
}

type callView struct {
	Task    string  `json:"task"`
	ID      string  `json:"id"`
	Worker  string  `json:"worker"`
	Attempt int     `json:"attempt"`
	Age     seconds `json:"age"`
}

type taskView struct {
	ID      uint64  `json:"id"`
	Name    string  `json:"name"`
	Pool    string  `json:"pool"`
	Attempt int     `json:"attempt"`
	Age     seconds `json:"age"`
	Wait    seconds `json:"wait"`
	Stack   string  `json:"stack,omitempty"`
}

type failureView struct {
	ID    uint64    `json:"-"` // no other one has it
	Task  string    `json:"task"`
	Pool  string    `json:"pool"`
	Kind  string    `json:"kind"` // as ErrorType
	Error string    `json:"error"`
	Count uint64    `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Ago   seconds   `json:"ago"`
	Run   seconds   `json:"run"` // of the last one
	Stack string    `json:"stack,omitempty"`
}

// Element returns the id of the failure's element of the page.
func (f *failureView) Element() string { return "failed-" + strconv.FormatUint(f.ID, 10) }

// seconds is a duration as a number of seconds in JSON.
type seconds float64

func inSeconds(d time.Duration) seconds { return seconds(d.Seconds()) }
