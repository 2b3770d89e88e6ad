//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// errNoServer says that a system cannot be measured here.
type errNoServer struct{ program string }

func (e errNoServer) Error() string { return e.program + " is not there: install Debian's package" }

// program returns the path of a server's program.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // not in the path, on Debian
	if len(found) == 0 {
		return "", errNoServer{name}
	}
	return found[len(found)-1], nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// A place is where a server is to listen and to store what it has.
type place struct {
	dir  string
	port int
}

func (p place) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

func newPlace() (p place, remove func(), err error) {
	if p.port, err = freePort(); err != nil {
		return p, nil, err
	}
	p.dir, err = os.MkdirTemp("", "millrace-bench-*")
	return p, func() { _ = os.RemoveAll(p.dir) }, err
}

// startRedis starts a server as Debian's configuration has it, but in a directory of its
// own: snapshots now and then, nothing synced.
func startRedis(ctx context.Context) (p *process, address string, err error) {
	path, err := program("redis-server")
	if err != nil {
		return nil, "", err
	}
	p, at, err := startServer(ctx, func(at place) (*exec.Cmd, error) {
		return exec.Command(path, "--port", strconv.Itoa(at.port), "--dir", at.dir, "--bind", "127.0.0.1"), nil
	})
	return p, at.address(), err
}

// startServer starts a server in a place of its own. It tries three times: another process may have got
// the port before the server has.
func startServer(ctx context.Context, command func(place) (*exec.Cmd, error)) (p *process, at place, err error) {
	for range 3 {
		if p, at, err = startAt(ctx, command); !errors.Is(err, errEnded) {
			break
		}
		p.end()
	}
	return p, at, err
}

func startAt(ctx context.Context, command func(place) (*exec.Cmd, error)) (p *process, at place, err error) {
	at, remove, err := newPlace()
	if err != nil {
		return nil, at, err
	}
	defer func() { removeWithout(p, remove) }()
	cmd, err := command(at)
	if err != nil {
		return nil, at, err
	}
	if p, err = startProcess(cmd, remove); err != nil {
		return nil, at, err
	}
	return p, at, listens(ctx, p, at.address())
}

// removeWithout removes what was made for a process that has not been started: with one that
// has, its end does.
func removeWithout(p *process, remove func()) {
	if p == nil {
		remove()
	}
}

// startPostgres starts a server with the defaults: what is committed is on the disk.
func startPostgres(ctx context.Context) (p *process, address string, err error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, "", err
	}
	postgres, err := program("postgres")
	if err != nil {
		return nil, "", err
	}
	p, at, err := startServer(ctx, func(at place) (*exec.Cmd, error) {
		who, err := notRoot(at.dir)
		if err != nil {
			return nil, err
		}
		create := exec.CommandContext(ctx, initdb, "-D", at.dir+"/data", "-U", "bench", "-A", "trust")
		create.SysProcAttr, create.Dir = who, at.dir
		if out, err := create.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("initdb: %w: %s", err, out)
		}
		serve := exec.Command(postgres, "-D", at.dir+"/data", "-p", strconv.Itoa(at.port), "-h", "127.0.0.1", "-k", at.dir)
		serve.SysProcAttr, serve.Dir = who, at.dir
		return serve, nil
	})
	return p, fmt.Sprintf("postgres://bench@%s/postgres?sslmode=disable", at.address()), err
}

// notRoot returns what makes a process another user's, if this one is root's: PostgreSQL
// refuses to be. The directory becomes that user's.
func notRoot(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// patience is how long a server may take until it answers.
const patience = 5 * time.Minute

// errEnded says that a server has ended before it listened.
var errEnded = errors.New("the server has ended")

// listens waits until somebody listens at the address of a server.
func listens(ctx context.Context, p *process, address string) error {
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s: %w", p.cmd.Path, errEnded)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
