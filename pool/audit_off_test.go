//go:build !invariants

package pool_test

// audited says that each section of the engine ends with a look at all that is pending.
const audited = false

// floodTasks is how many tasks a flood has.
const floodTasks = 2000
