//go:build invariants

package pool_test

// audited says that each section of the engine ends with a look at all that is pending.
const audited = true

// floodTasks is how many tasks a flood has: each section takes as long as all that is pending.
const floodTasks = 200
