package cluster

import (
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/fault"
)

// try makes a panic of fn its error.
func try(fn func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fault.New(x)
		}
	}()
	return fn()
}

// apart calls fn in a goroutine of its own and waits. A panic or a Goexit of it is its error.
func apart(fn func() error) error {
	ended := make(chan struct{})
	err := future.ErrGoexit
	go func() {
		defer close(ended)
		err = try(fn)
	}()
	<-ended
	return err
}

// eachApart is apart for fn(0) to fn(n-1), one after the other, and passes the errors on. A goroutine for
// each would be dear: only after a Goexit there is another one.
func eachApart(n int, fn func(i int) error, failed func(i int, err error)) {
	for i := 0; i < n; i++ {
		err := apart(func() error {
			for ; i < n; i++ {
				if err := try(func() error { return fn(i) }); err != nil {
					failed(i, err)
				}
			}
			return nil
		})
		if err != nil {
			failed(i, err)
		}
	}
}
