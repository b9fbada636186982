//go:build slow

package cli_test

// every: the slow build crashes at each journal record.
const every = 1
