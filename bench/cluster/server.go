//go:build unix

package main

import (
	"context"
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
	at, remove, err := newPlace()
	if err != nil {
		return nil, "", err
	}
	defer func() { removeWithout(p, remove) }()
	p, err = startProcess(exec.Command(path, "--port", strconv.Itoa(at.port), "--dir", at.dir, "--bind", "127.0.0.1"), remove)
	if err != nil {
		return nil, "", err
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port))
	return p, address, listens(ctx, address)
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
	at, remove, err := newPlace()
	if err != nil {
		return nil, "", err
	}
	defer func() { removeWithout(p, remove) }()
	who, err := notRoot(at.dir)
	if err != nil {
		return nil, "", err
	}
	create := exec.CommandContext(ctx, initdb, "-D", at.dir+"/data", "-U", "bench", "-A", "trust")
	create.SysProcAttr, create.Dir = who, at.dir
	if out, err := create.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	serve := exec.Command(postgres, "-D", at.dir+"/data", "-p", strconv.Itoa(at.port), "-h", "127.0.0.1", "-k", at.dir)
	serve.SysProcAttr, serve.Dir = who, at.dir
	p, err = startProcess(serve, remove)
	if err != nil {
		return nil, "", err
	}
	if err := listens(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port))); err != nil {
		return p, "", err
	}
	return p, fmt.Sprintf("postgres://bench@127.0.0.1:%d/postgres?sslmode=disable", at.port), nil
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

// listens waits until somebody listens at an address.
func listens(ctx context.Context, address string) error {
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
