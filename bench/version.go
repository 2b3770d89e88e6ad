package main

// version is the minor version of millrace that this module measures. Results of
// an older one are stale: a test compares it with RESULTS.md and the changelog.
const version = "0.1"
