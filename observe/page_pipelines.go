package observe

import (
	"context"
	"strconv"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/safe"
)

// A probed is a stage that is looked at several times.
type probed struct {
	*run
	first, last     millrace.Progress
	firstAt, lastAt time.Time
	sum             load // of the looks
	n               float64
}

func (p *probed) look() {
	g := p.info.Probe()
	p.last, p.lastAt = g, time.Now()
	if p.n == 0 {
		p.first, p.firstAt = g, p.lastAt
	}
	p.n++
	p.sum.held += float64(heldOf(g)) / float64(max(1, g.Window))
	p.sum.busy += float64(g.Running) / float64(max(1, g.Limit))
	if p.info.Demand == nil {
		return
	}
	waiting, awaited := p.info.Demand()
	p.sum.waiting += float64(count(waiting > 0))
	p.sum.awaited += float64(count(awaited))
}

// heldOf returns how many items a stage has. Its figures are read one after the other,
// so what was delivered may be ahead.
func heldOf(g millrace.Progress) uint64 { return g.Pulled - min(g.Pulled, g.Delivered) }

func (p *probed) load() load {
	return load{p.sum.held / p.n, p.sum.busy / p.n, p.sum.waiting / p.n, p.sum.awaited / p.n, p.last.InputEnded}
}

// view returns what is shown of the stage, which is the ith of its pipeline.
func (p *probed) view(i int) stageView {
	g := p.last
	v := stageView{
		Name: safe.Cut(p.info.Name, mostName), Pulled: g.Pulled, Delivered: g.Delivered, Held: heldOf(g), Window: g.Window,
		Running: g.Running, Limit: g.Limit, InputEnded: g.InputEnded,
	}
	if v.Name == "" {
		v.Name = "stage " + strconv.Itoa(i+1)
	}
	if took := p.lastAt.Sub(p.firstAt); took > 0 {
		v.Rate = float64(g.Delivered-p.first.Delivered) / took.Seconds()
	}
	return v
}

// lookAtPipelines looks several times at the pipelines that run, and judges by the
// means. It returns earlier if ctx ends.
func (p *Page) lookAtPipelines(ctx context.Context) (views []pipelineView, n int) {
	chains, n := p.runs.pipelines(mostPipelines)
	if len(chains) == 0 {
		return nil, n
	}
	stages := make([][]*probed, len(chains))
	for c, chain := range chains {
		for _, r := range chain {
			stages[c] = append(stages[c], &probed{run: r})
		}
	}
	for i := range looks {
		if i > 0 && !sleep(ctx, lookTime/(looks-1)) {
			break
		}
		for _, chain := range stages {
			for _, s := range chain {
				s.look()
			}
		}
	}
	for _, chain := range stages {
		views = append(views, viewPipeline(chain))
	}
	return views, n
}

func viewPipeline(chain []*probed) pipelineView {
	sink := chain[len(chain)-1]
	v := pipelineView{Pool: safe.Cut(sink.info.Pool, mostName), Age: inSeconds(time.Since(sink.began))}
	var loads []load
	for i, s := range chain {
		v.Stages = append(v.Stages, s.view(i))
		loads = append(loads, s.load())
	}
	v.Bottleneck = bottleneck(loads)
	return v
}

// sleep reports false if ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
