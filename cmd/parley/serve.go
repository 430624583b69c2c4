package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/config"
	"github.com/parley-im/parley/internal/server"
)

func newServe(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server until it is told to stop (SIGINT or SIGTERM).

The first start makes an app and prints what its backend needs. Every flag is
also an environment variable, such as PARLEY_LISTEN, and a key of the
configuration file; "parley config doc" explains them all.`,
		Example: `  parley serve
  parley serve --listen 0.0.0.0:8080 --data /var/lib/parley
  parley serve --config /etc/parley.toml`,
		Args: cobra.NoArgs,
	}
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.Load(cmd.Flags(), p.environ)
		if err != nil {
			return wrongUsage(cmd, "the configuration is wrong\n%v", err)
		}
		return p.serve(cmd, cfg)
	}
	return cmd
}

// serve runs the server and greets the user as soon as it answers.
func (p *program) serve(cmd *cobra.Command, cfg config.Config) error {
	s, err := server.New(cmd.Context(), cfg, p.logger(cfg), server.Options{
		Version: version(),
		OnReady: func(ready server.Ready) {
			p.welcome(welcome{
				addr: ready.Addr, data: cfg.Data, app: ready.FirstApp, configured: cfg.BootstrapSecret.Reveal() != "", inbox: ready.Inbox,
			})
		},
	})
	if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop before it had started
	}
	if err != nil {
		return err
	}
	return s.Run(cmd.Context())
}

// logger writes to standard error what is at least as important as configured.
func (p *program) logger(cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogJSON {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}
