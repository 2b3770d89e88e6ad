// Package e2e holds tests of package observe that need what the library must not: a
// browser, the readers of profiles and of execution traces, and a cluster.
package e2e
