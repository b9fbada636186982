// Command rehome moves an Amazon Quick account to the identity Region that Quick on Desktop needs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"rehome/internal/cli"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away must not end a run
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Main(ctx, os.Args[1:], cli.OS())
	stop()
	os.Exit(code)
}
