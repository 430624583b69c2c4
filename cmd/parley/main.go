// Command parley is the server and everything an operator does with it: "parley
// serve" runs it, all other commands that need a server are clients of the admin
// API of one that runs. Results go to standard output, errors to standard error.
// The exit code is 0 for success, 1 for failure and 2 for wrong usage.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(mainCode()) }

// mainCode runs the program and returns its exit code.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A later signal kills, should stopping take too long. One that comes at once
	// does not: supervisors signal the process and its group.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	p := &program{
		name: invokedAs(), environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr, clock: time.Now,
	}
	return p.run(ctx, os.Args[1:])
}
