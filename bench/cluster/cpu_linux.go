package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns what a process has used, to the nanosecond: by the clock of all its threads,
// whose number is made of the process's as in clock_getcpuclockid. The kernel's ticks, every
// 10 ms, hit a process that wakes for some microseconds now and then only by chance.
func cpuTime(pid int) (d time.Duration, known bool) {
	const scheduler = 2 // the clock that the scheduler keeps, of all threads
	var t unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|scheduler), &t)
	return time.Duration(t.Nano()), err == nil
}
