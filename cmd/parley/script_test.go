package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-im/parley/internal/config"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/server"
)

// TestScripts tells stories to the program, each with a server of its own that
// the variables PARLEY_DATA and URL lead to.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setUp,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await,
		},
	})
}

func setUp(env *testscript.Env) error {
	data := filepath.Join(env.WorkDir, "data")
	cfg := config.Default()
	cfg.Listen, cfg.Data, cfg.BootstrapSecret = "127.0.0.1:0", data, "the secret key"
	ready := make(chan server.Ready, 1)
	ctx, stop := context.WithCancel(context.Background())
	s, err := server.New(ctx, cfg, slog.New(slog.DiscardHandler), server.Options{
		Version: "v0.0.0-test", OnReady: func(r server.Ready) { ready <- r },
	})
	if err != nil {
		stop()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	env.Defer(func() {
		stop()
		if err := <-ended; err != nil {
			env.T().Fatal(err)
		}
	})
	select {
	case r := <-ready:
		env.Setenv("URL", console.LocalURL(r.Addr))
		env.Setenv("PARLEY_DATA", data)
		env.Setenv("TZ", "UTC")
		return nil
	case err := <-ended:
		ended <- err
		return fmt.Errorf("the server ended: %w", err)
	}
}

// await waits until as many events of the first app are in a state as its
// arguments say: await 3 delivered.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await NUMBER STATE")
	}
	wanted, err := strconv.Atoi(args[0])
	ts.Check(err)
	file, err := console.ReadFile(ts.Getenv("PARLEY_DATA"))
	ts.Check(err)
	api := &client.Client{BaseURL: file.URL, Token: file.Token}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		page, err := api.ListEvents(ctx, config.Default().BootstrapSDKAppID, client.EventQuery{State: args[1]})
		ts.Check(err)
		if len(page.Events) == wanted {
			return
		}
	}
}
