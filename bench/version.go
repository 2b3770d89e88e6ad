package main

// version is the minor version of millrace that this module measures. A test compares
// it with the changelog, and with the results that the README shows.
const version = "0.2"
