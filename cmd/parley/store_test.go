package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/config"
	"github.com/parley-im/parley/internal/server"
	"github.com/parley-im/parley/internal/testkit"
)

// TestMove: an installation moves from its embedded database into PostgreSQL, and has
// the same app there.
func TestMove(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	data := filepath.Join(t.TempDir(), "data")
	cfg := config.Default()
	cfg.Listen, cfg.Data = "127.0.0.1:0", data
	first := startServer(t, cfg)
	secret := first.app
	copying := []string{"store", "copy", "--from", "sqlite://" + filepath.Join(data, "parley.db"), "--to", url}
	if got := run(t.Context(), nil, copying...); got.code != 1 || !strings.Contains(got.stderr, "another parley is running") {
		t.Errorf("beside a server: got %+v", got)
	}
	if got := run(t.Context(), nil, "migrate", "--data", data); got.code != 1 || !strings.Contains(got.stderr, "another parley is running") {
		t.Errorf("beside a server: got %+v", got)
	}
	first.stop()
	if got := run(t.Context(), nil, "migrate", "--data", data); got.code != 0 || !strings.Contains(got.stdout, "up to date") {
		t.Errorf("migrate an embedded database: got %+v", got)
	}
	if got := run(t.Context(), []string{"PARLEY_STORE=" + url}, "migrate"); got.code != 0 || !strings.Contains(got.stdout, "was empty") {
		t.Errorf("migrate an empty database: got %+v", got)
	}
	if got := run(t.Context(), nil, "migrate", "--store", url); got.code != 0 || !strings.Contains(got.stdout, "up to date") {
		t.Errorf("migrate once more: got %+v", got)
	}
	got := run(t.Context(), nil, copying...)
	if got.code != 0 || !strings.Contains(got.stdout, "copied and compared") || !strings.Contains(got.stderr, "(100 %)") {
		t.Fatalf("copy: got %+v", got)
	}
	cfg.Store = config.Secret(url)
	second := startServer(t, cfg)
	second.stop()
	saving := []string{"backup", "--data", data, "--to", filepath.Join(t.TempDir(), "saved.db")}
	if got := run(t.Context(), nil, saving...); got.code != 1 || !strings.Contains(got.stderr, "pg_dump") {
		t.Errorf("save what was left behind: got %+v", got)
	}
	cfg.Store = ""
	startServer(t, cfg).stop()
	if got := run(t.Context(), nil, saving...); got.code != 0 {
		t.Errorf("save the embedded database that is in use again: got %+v", got)
	}
	if second.app != "" || secret == "" {
		t.Errorf("the server made an app with the key %q, want the one that was copied", second.app)
	}
}

// runningServer is a server, with the secret key of the app that it made.
type runningServer struct {
	app  string
	stop func()
}

func startServer(t *testing.T, cfg config.Config) runningServer {
	t.Helper()
	ready := make(chan server.Ready, 1)
	ctx, stop := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg, slog.New(slog.DiscardHandler), server.Options{OnReady: func(r server.Ready) { ready <- r }})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	r := <-ready
	running := runningServer{stop: func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	}}
	if r.FirstApp != nil {
		running.app = r.FirstApp.SecretKey
	}
	return running
}

func TestMoveWrongly(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"store", "copy"},
		{"store", "copy", "--from", "sqlite:///x/parley.db"},
		{"store", "copy", "--from", "postgres://a/b", "--to", "postgres://a/b"},
		{"migrate", "--store", "postgres://a/b", "--data", "x"},
	} {
		if got := run(t.Context(), nil, args...); got.code != 2 {
			t.Errorf("%q: got %+v, want code 2", args, got)
		}
	}
	if got := run(t.Context(), []string{"PARLEY_STORE=postgres://a/b"}, "migrate", "--data", "x"); got.code != 2 {
		t.Errorf("migrate one of two databases: got %+v, want code 2", got)
	}
	for _, args := range [][]string{
		{"store", "copy", "--from", "sqlite:///no/such/parley.db", "--to", "postgres://127.0.0.1:1/x"},
		{"migrate", "--data", t.TempDir()},
	} {
		if got := run(t.Context(), nil, args...); got.code != 1 {
			t.Errorf("%q: got %+v, want code 1", args, got)
		}
	}
}
