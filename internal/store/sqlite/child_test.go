package sqlite_test

import (
	"os"
	"os/exec"
	"testing"
)

// childFile is the variable that tells a process that it is a test's child, and
// which database is its own.
const childFile = "PARLEY_TEST_DATABASE"

// child starts the test that calls it once more in a process of its own, which
// finds file in its environment.
func child(t *testing.T, file string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), childFile+"="+file)
	return cmd
}
