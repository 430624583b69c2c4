// Package e2e_test tells stories to the built program: it runs as a process, is
// stopped, killed and run out of disk, and what it was told and told others is
// compared. Short stories are text, in testdata.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-im/parley/internal/testkit"
)

// program is the path of the program. PARLEY_E2E_PROGRAM is that of one, called
// parley, that is built already; otherwise it is built once for a run of the
// tests.
var program = os.Getenv("PARLEY_E2E_PROGRAM")

func TestMain(m *testing.M) {
	testscript.Main(run{m}, map[string]func(){
		"rest":      restCommand,
		"inbox":     inboxCommand,
		"broadcast": broadcastCommand,
	})
}

// run builds the program before the tests run, unless the process is one of the
// commands of the stories.
type run struct{ *testing.M }

// Run runs the tests and returns the exit code.
func (r run) Run() int {
	if program != "" {
		return r.M.Run()
	}
	dir, err := os.MkdirTemp("", "parley-e2e")
	if err == nil {
		defer os.RemoveAll(dir)
		program, err = testkit.Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return r.M.Run()
}
