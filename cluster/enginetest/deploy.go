//go:build unix

package enginetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

// rolling replaces the only worker by a newer build while a call waits that the old
// one does not know.
func (s *site) rolling() {
	old, _ := StartProcess(s.T, s.command("old", 2))
	w, let := s.held(2)
	submitted := time.Now()
	f := newer.Submit(s.ctx, s.client, s.log.job("newer", time.Millisecond))
	let()
	if last := old.Terminate(); last != "clean" {
		s.Errorf("the old worker ends with %q, want clean", last)
	}
	pid, err := f.Await(s.ctx)
	if late := time.Since(submitted) > 3*time.Second; late && errors.Is(err, cluster.ErrUnknown) {
		pid, err = newer.Submit(s.ctx, s.client, s.log.job("newer", time.Millisecond)).Await(s.ctx)
	}
	if pid != w.Pid() || err != nil {
		s.Errorf("Await = %d, %v; want the new worker, %d", pid, err, w.Pid())
	}
}

// terminated ends a worker as a deployment does, with calls pending: none is lost, and
// none runs twice.
func (s *site) terminated() {
	w := s.worker(2)
	fs := s.submit(30, 50*time.Millisecond)
	s.eventually("some jobs run", func() bool { return s.log.count("*", "begin") >= 4 })
	began := time.Now()
	if last := w.Terminate(); last != "clean" {
		s.Errorf("it ends with %q, want clean", last)
	}
	s.Logf("it ended %v after SIGTERM, with %d of 30 jobs begun", time.Since(began), s.log.count("*", "begin"))
	if n := s.log.count("*", "begin"); n != s.log.count("*", "end") && s.keepsLeases() {
		s.Errorf("%d jobs began and %d ended in the worker that was terminated", n, s.log.count("*", "end"))
	}
	s.worker(4)
	if _, err := future.All(s.ctx, fs...); err != nil {
		s.Errorf("All = %v", err)
	}
	for i := range fs {
		s.checkRuns(strconv.Itoa(i))
	}
}

// partition cuts a worker off by taking down its link, and mends it.
func (h *Processes) partition(t *testing.T) {
	t.Parallel()
	if exec.Command("ip", "netns", "add", "mr-probe").Run() != nil {
		t.Skip("no network namespaces here")
	}
	_ = exec.Command("ip", "netns", "del", "mr-probe").Run()
	ns := fmt.Sprintf("mr%d", os.Getpid())
	ip(t, "netns add "+ns)
	t.Cleanup(func() { ip(t, "netns del "+ns) })
	ip(t, "link add "+ns+" type veth peer name eth0 netns "+ns)
	ip(t, "addr add 198.51.100.1/30 dev "+ns)
	ip(t, "link set "+ns+" up")
	ip(t, "-n "+ns+" addr add 198.51.100.2/30 dev eth0")
	ip(t, "-n "+ns+" link set eth0 up")
	ip(t, "-n "+ns+" link set lo up")

	server, address := h.ServerAt(t, "198.51.100.1")
	s := newSite(t, h, server, address, h.Lease)
	far, _ := StartProcess(t, inNamespace(ns, s.command("all", 1)))
	near, let := s.held(1)
	f := jobs.Submit(s.ctx, s.client, s.log.job("cut off", s.beyondLease()))
	s.eventually("the job runs", func() bool { return s.log.count("cut off", "begin") >= 1 })
	let()
	ip(t, "link set "+ns+" down")
	s.eventually("the job runs elsewhere", func() bool { return s.log.count("cut off", "begin") >= 2 })
	s.eventually("the one that is cut off learns that it lost its lease", func() bool {
		return s.log.count("cut off", "cause "+cluster.ErrLeaseLost.Error()) > 0 || s.log.count("cut off", "end") > 0
	})
	if pid, err := f.Await(s.ctx); pid != near.Pid() || err != nil {
		t.Errorf("Await = %d, %v; want the near worker, %d", pid, err, near.Pid())
	}
	near.Kill()
	ip(t, "link set "+ns+" up")
	if _, err := jobs.Submit(s.ctx, s.client, s.log.job("mended", time.Millisecond)).Await(s.ctx); err != nil {
		t.Errorf("after the link is up again: %v", err)
	}
	if far.Dead() {
		t.Error("the worker that was cut off has ended")
	}
}
