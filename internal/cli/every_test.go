//go:build !slow

package cli_test

// every is how many journal records lie between two crash points of the quick run.
const every = 17
