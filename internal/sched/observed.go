package sched

import "github.com/millrace-go/millrace/internal/options"

// Observer returns what is told of the pool's tasks, or nil.
func (p *Pool) Observer() options.Observer { return p.cfg.Observer }
