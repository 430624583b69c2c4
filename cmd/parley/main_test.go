package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"parley": func() { os.Exit(mainCode()) }})
}

// outcome is what one run of the program came to.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs the program inside the test.
func run(ctx context.Context, environ []string, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	p := &program{name: "parley", environ: environ, stdout: &stdout, stderr: &stderr, clock: time.Now}
	code := p.run(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}
