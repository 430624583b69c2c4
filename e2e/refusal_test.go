package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/testkit"
)

// Servers that cannot start say why, and leave the data as it was.

// refuses runs a server that cannot start and looks for what it has to say.
func refuses(t *testing.T, i *testkit.Installation, code int, want ...string) {
	t.Helper()
	stdout, stderr, got := i.Run(t, "serve")
	if got != code || stdout != "" {
		t.Errorf("exit code %d and output %q, want code %d and no output", got, stdout, code)
	}
	for _, text := range want {
		if !strings.Contains(stderr, text) {
			t.Errorf("the complaint is %q, want %q in it", stderr, text)
		}
	}
}

func TestSecondServer(t *testing.T) {
	i := testkit.NewInstallation(t, program)
	s := i.Start(t)
	second := *i
	second.Addr = testkit.Reserve(t)
	refuses(t, &second, 1, "another parley is running on the data directory "+i.Data)
	if _, err := i.Admin().ListApps(t.Context()); err != nil {
		t.Errorf("the first server does not answer any more: %v", err)
	}
	if stdout, stderr, code := i.Run(t, "app", "list"); code != 0 {
		t.Errorf("the command line does not find the first server any more: %s%s", stdout, stderr)
	}
	s.Stop(t)
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	i := testkit.NewInstallation(t, program)
	i.Addr = listener.Addr().String()
	refuses(t, i, 1, "listen on "+i.Addr, "address already in use")

	// What the first start has to tell, it tells when it succeeds.
	i.Addr = testkit.Reserve(t)
	s := i.Start(t)
	s.Stop(t)
	if text := "This is the first start"; !strings.Contains(s.Log(), text) {
		t.Errorf("the start after one that failed says %q, want %q in it", s.Log(), text)
	}
}

func TestNewerSchema(t *testing.T) {
	w := newWorld(t, 1)
	w.Start(t).Stop(t)
	file := filepath.Join(w.Data, "parley.db")
	if _, err := w.database(t).ExecContext(t.Context(), "UPDATE parley_meta SET value = '9999' WHERE name = 'schema'"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, w.Installation, 1, "9999", "start a newer version of Parley")
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the database was changed")
	}
}

func TestDamagedDatabase(t *testing.T) {
	i := testkit.NewInstallation(t, program)
	if err := os.WriteFile(filepath.Join(i.Data, "parley.db"), []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, i, 1, "not a database")
}

func TestDataIsFile(t *testing.T) {
	i := testkit.NewInstallation(t, program)
	i.Data = filepath.Join(i.Data, "file")
	if err := os.WriteFile(i.Data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, i, 1, "data directory", i.Data)
}
