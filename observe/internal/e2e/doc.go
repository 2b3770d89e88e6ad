// Package e2e holds tests of package observe that need what the library must not: a
// browser, and the readers of profiles and of execution traces.
package e2e
