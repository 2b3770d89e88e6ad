//go:build unix

package jetstream_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster/enginetest"
	"github.com/millrace-go/millrace/cluster/jetstream"
)

var chaosFor = flag.Duration("chaos", 0, "how long TestChaos goes on; it is skipped if that is 0")

// chaosPatience bounds what follows: all that was submitted ends.
const chaosPatience = 3 * time.Minute

// TestChaos kills, stops and replaces the processes of a server, of workers and of clients at
// random, while the clients submit calls of many kinds. Then the records that functions and
// clients have written are compared.
func TestChaos(t *testing.T) {
	lasts := *chaosFor
	if lasts == 0 {
		t.Skip("without -chaos")
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasts+3*chaosPatience)
	defer cancel()
	c := &chaos{T: t, servers: &servers{}, over: ctx, path: filepath.Join(t.TempDir(), "log")}
	if err := os.WriteFile(c.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var end context.CancelFunc
	c.racing, end = context.WithTimeout(ctx, lasts)
	defer end()
	server, address := c.servers.start(t, "")
	c.address = address
	var serving, working, submitting sync.WaitGroup
	idle := make(chan struct{})
	serving.Go(func() { c.server(server) })
	for i, version := range []string{"1", "2", "0"} {
		working.Go(func() { c.worker(fmt.Sprint("w", i), version, idle) })
	}
	for i := range 2 {
		submitting.Go(func() { c.client(fmt.Sprint("c", i)) })
	}
	submitting.Wait()
	serving.Wait()
	c.checkIdle()
	close(idle)
	working.Wait()
	if t.Failed() {
		return
	}
	c.check(readRecords(c.path))
}

// A chaos is the processes of a test.
type chaos struct {
	*testing.T
	servers *servers
	address string
	path    string
	racing  context.Context // ends with what is done to processes
	over    context.Context // ends with the test

	mu     sync.Mutex
	killed map[string]bool // clients
}

func (c *chaos) start(role, name, before string) *enginetest.Process {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envAddress+"="+c.address, envLog+"="+c.path, envName+"="+name, envBefore+"="+before)
	p, _ := enginetest.StartProcess(c.T, cmd)
	return p
}

// pause waits, at most until the chaos ends, which it reports.
func (c *chaos) pause(most time.Duration) (racing bool) {
	select {
	case <-c.racing.Done():
		return false
	case <-time.After(rand.N(most)):
		return true
	}
}

// stop stops a process for a while that is shorter, or longer, than a lease.
func (c *chaos) stop(p *enginetest.Process) {
	_ = syscall.Kill(p.Pid(), syscall.SIGSTOP)
	c.pause([]time.Duration{chaosLease / 2, 3 * chaosLease}[rand.IntN(2)])
	_ = syscall.Kill(p.Pid(), syscall.SIGCONT)
}

// server kills and stops the server.
func (c *chaos) server(p *enginetest.Process) {
	for c.pause(4 * time.Second) {
		if rand.IntN(2) == 0 {
			c.stop(p)
			continue
		}
		p.Kill()
		c.pause([]time.Duration{time.Millisecond, 2 * chaosLease}[rand.IntN(2)])
		p, _ = c.servers.start(c.T, c.address)
	}
}

// worker is workers, one after the other, until all is idle.
func (c *chaos) worker(name, version string, idle chan struct{}) {
	p := c.start(version, name+"-0", "")
	for i := 1; ; i++ {
		racing := c.pause(2 * time.Second)
		switch {
		case !racing:
			c.keep(p, name, version, idle)
			return
		case p.Dead(): // a function has ended it
		case rand.IntN(3) == 0:
			c.stop(p)
			continue
		case rand.IntN(3) == 0:
			_ = syscall.Kill(p.Pid(), syscall.SIGTERM)
			c.pause(time.Second)
			fallthrough
		default:
			p.Kill()
		}
		p = c.start(version, fmt.Sprint(name, "-", i), "")
	}
}

// keep starts a worker again whose function has ended it, until all is idle. Then it ends as
// it should.
func (c *chaos) keep(p *enginetest.Process, name, version string, idle chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-idle:
			if last := p.Terminate(); last != "clean" {
				c.Errorf("worker %s ends with %q", name, last)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
		if p.Dead() {
			p = c.start(version, fmt.Sprint(name, "-again", i), "")
		}
	}
}

// client is clients, one after the other. The last one ends when its calls have settled.
func (c *chaos) client(name string) {
	before, last := "", name+"-0"
	p := c.start("client", last, before)
	for i := 1; c.pause(3 * time.Second); i++ {
		if rand.IntN(3) == 0 {
			c.stop(p)
			continue
		}
		c.mu.Lock()
		if c.killed == nil {
			c.killed = map[string]bool{}
		}
		c.killed[last] = true
		c.mu.Unlock()
		p.Kill()
		before, last = last, fmt.Sprint(name, "-", i)
		p = c.start("client", last, before)
	}
	healthy := time.Now()
	if out := p.Terminate(); out != "clean" {
		c.Errorf("client %s ends with %q", last, out)
	}
	c.Logf("%s had no call left after %v", last, time.Since(healthy).Round(time.Millisecond))
}

// checkIdle waits until the queue is empty and all workers are idle.
func (c *chaos) checkIdle() {
	cfg := chaosConfig()
	e := connect(c.T, c.address, cfg)
	defer e.Close()
	began := time.Now()
	s := statusWhen(c.over, c.T, e, func(s jetstream.Status) bool {
		now := 0
		for _, w := range s.Workers {
			if time.Since(w.Beat) < chaosLease {
				now++
				if w.Held > 0 {
					return false
				}
			}
		}
		return idle(s) && now == 3
	})
	if s.Oldest > 0 {
		c.Errorf("nothing is queued or runs, and the oldest call is %v old", s.Oldest)
	}
	c.Logf("idle after %v", time.Since(began).Round(time.Millisecond))
}
