package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/testkit"
)

// TestScripts tells the stories in testdata. Beside the commands that package
// testscript has, and the program, a story has these:
//
//	ready
//		Wait until the server on $PARLEY_DATA is ready; set $URL to its address,
//		and $ADDR to its host and port.
//	until PATTERN PROGRAM ARGS...
//		Run a program again and again until its output matches PATTERN.
//	code N PROGRAM ARGS...
//		Run a program, which must end with exit code N.
//	save NAME PATTERN
//		Set $NAME to what the group in PATTERN matches of the last output.
//	exec rest SERVICE/COMMAND REQUEST
//		Call the REST API as the app's administrator; see restCommand.
//	exec inbox NAME [COUNT]
//		Print what arrived in the built-in inbox; see inboxCommand.
//
// At http://$NOBODY/ nobody listens.
func TestScripts(t *testing.T) {
	nobody := testkit.Reserve(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("PARLEY_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("PARLEY_LISTEN", "127.0.0.1:0")
			e.Setenv("NOBODY", nobody)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // our commands are quick unless they wait for races that come late
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"until": until,
			"code":  code,
			"save":  save,
		},
	})
}

func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: ready")
	}
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	for {
		file, err := console.ReadFile(ts.Getenv("PARLEY_DATA"))
		if err == nil && isReady(ctx, file.URL) {
			ts.Setenv("URL", file.URL)
			ts.Setenv("ADDR", strings.TrimPrefix(file.URL, "http://"))
			return
		}
		if !kept(ctx, 10*time.Millisecond) {
			ts.Fatalf("the server is not ready: %v", err)
		}
	}
}

func isReady(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until pattern program args...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	for {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if !kept(ctx, 50*time.Millisecond) {
			ts.Fatalf("the output does not come to match %q: %v\n%s", args[0], err, ts.ReadFile("stdout"))
		}
	}
}

func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code number program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save name pattern")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("nothing matches %q", args[1])
	}
	ts.Setenv(args[0], found[1])
}
