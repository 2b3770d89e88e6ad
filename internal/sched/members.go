package sched

// members is a list of tasks in order of submission.
type members struct {
	head, tail *Task
	n          int
}

func (l *members) push(t *Task, x *Extra) {
	x.gprev, x.gnext = l.tail, nil
	if l.tail != nil {
		l.tail.extra().gnext = t
	} else {
		l.head = t
	}
	l.tail = t
	l.n++
}

func (l *members) remove(x *Extra) {
	if x.gprev != nil {
		x.gprev.extra().gnext = x.gnext
	} else {
		l.head = x.gnext
	}
	if x.gnext != nil {
		x.gnext.extra().gprev = x.gprev
	} else {
		l.tail = x.gprev
	}
	x.gprev, x.gnext = nil, nil
	l.n--
}
