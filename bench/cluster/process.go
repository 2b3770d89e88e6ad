//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A process is one that was started for a measurement, with those that it starts.
type process struct {
	cmd   *exec.Cmd
	lines chan string // that it prints
	ended chan struct{}
	after func() // what is removed with it
	stop  sync.Once
}

// startProcess starts a command.
func startProcess(cmd *exec.Cmd, after func()) (*process, error) {
	p := &process{cmd: cmd, lines: make(chan string, 1000), ended: make(chan struct{}), after: after}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(out)
	return p, nil
}

func (p *process) read(out io.Reader) {
	defer close(p.ended)
	defer close(p.lines)
	for s := bufio.NewScanner(out); s.Scan(); {
		select {
		case p.lines <- s.Text():
		default: // nobody listens
		}
	}
	_ = p.cmd.Wait()
}

// itself returns the command that runs this program in a role.
func itself(args ...string) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, args...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// line waits for the next line.
func (p *process) line(ctx context.Context) (string, error) {
	select {
	case s, ok := <-p.lines:
		if !ok {
			return "", fmt.Errorf("%s has ended", filepath.Base(p.cmd.Path))
		}
		return s, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// end ends the process, and what was made for it.
func (p *process) end() {
	p.stop.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(20 * time.Second):
			p.kill()
		}
		if p.after != nil {
			p.after()
		}
	})
}

// ticks is how many of the kernel's units of processor time are a second: 100 on Linux,
// whatever the machine.
const ticks = 100

// processorTime returns what processes and those below them have used.
func processorTime(pids ...int) time.Duration {
	var total time.Duration
	for _, stat := range stats() {
		if below(stat, pids) {
			total += stat.time
		}
	}
	return total
}

// A stat is what the kernel says of a process.
type stat struct {
	pid    int
	parent *stat
	time   time.Duration // its own, and that of children that have ended
}

func below(s *stat, pids []int) bool {
	for ; s != nil; s = s.parent {
		for _, pid := range pids {
			if s.pid == pid {
				return true
			}
		}
	}
	return false
}

// stats returns what the kernel says of all processes.
func stats() map[int]*stat {
	all, parents := map[int]*stat{}, map[int]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		b, err := os.ReadFile(file)
		at := strings.LastIndexByte(string(b), ')')
		if err != nil || at < 0 {
			continue
		}
		f := strings.Fields(string(b[at+1:])) // from the third field of the file on
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		s := &stat{pid: pid}
		parents[pid], _ = strconv.Atoi(f[1])
		var own bool
		s.time, own = cpuTime(pid)
		for i := 11; i <= 14; i++ { // two of its own, two of the children
			if n, _ := strconv.ParseInt(f[i], 10, 64); i > 12 || !own {
				s.time += time.Duration(n) * time.Second / ticks
			}
		}
		all[pid] = s
	}
	for pid, s := range all {
		s.parent = all[parents[pid]]
	}
	return all
}
