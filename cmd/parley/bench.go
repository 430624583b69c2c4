package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/bench"
	"github.com/parley-im/parley/internal/console/client"
)

func newBench(p *program) *cobra.Command {
	var o bench.Options
	var part, partDir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what a running server does",
		Long: `Measure what a running server does, over real HTTP.

Each phase makes an app of its own on the server, without frequency limits, with
groups and members, and leaves it behind: use a data directory of its own. The
phases are, in this order:

  yardsticks  an empty handler, a bare handler that only commits the same rows to
              the database, and a bare POST, called in the same way
  sends       group messages as fast as they go, their webhooks stored
  latency     group messages at a steady rate
  both        group messages and their webhooks, both as fast as they go
  deliveries  a backlog of webhooks to a receiver in a process of its own
  delay       from the acknowledgement to the webhook, at 70 % of the maximum
  outage      a receiver that is down for a while

Webhooks are checked: each acknowledged message's must arrive, in the order of
its group.`,
		Example: `  parley serve --data /tmp/bench &
  parley bench --data /tmp/bench
  parley bench --data /tmp/bench --phases sends,latency --duration 30s --json`,
		Args: cobra.NoArgs,
	}
	c := p.connects(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Phases, "phases", bench.Phases(), "what to measure")
	flags.IntVar(&o.Senders, "senders", 64, "senders at the same time")
	flags.IntVar(&o.Groups, "groups", 1, "groups to send to in phases without receiver")
	flags.IntVar(&o.WebhookGroups, "webhook-groups", 64, "groups to send to in phases with a receiver")
	flags.IntVar(&o.Members, "members", 100, "members of each group")
	flags.DurationVar(&o.Duration, "duration", 10*time.Second, "length of a phase")
	flags.Float64Var(&o.LatencyRate, "latency-rate", 200, "sends a second in phase latency")
	flags.Float64Var(&o.DelayRate, "delay-rate", 0, "sends a second in phase delay (default 70 % of what phases both and deliveries reached)")
	flags.DurationVar(&o.Outage, "outage", 5*time.Second, "length of the outage")
	flags.Float64Var(&o.OutageRate, "outage-rate", 1000, "sends a second during the outage")
	flags.StringSliceVar(&o.Nodes, "nodes", nil, "base URLs of further nodes of the cluster")
	flags.IntVar(&o.Engine, "engine-pid", 0, "process of a PostgreSQL on this machine, whose processor time is reported too")
	flags.StringVar(&o.BareStore, "bare-store", "", "URL of a PostgreSQL database for the storage yardstick, which makes its tables anew (default SQLite)")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	flags.StringVar(&part, "part", "", "run one part as a process of its own")
	flags.StringVar(&partDir, "part-dir", "", "directory for that part")
	for _, hidden := range []string{"part", "part-dir"} {
		_ = flags.MarkHidden(hidden) // both exist
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if part != "" {
			return bench.ServePart(cmd.Context(), part, partDir, o.BareStore, os.Stdin, p.stdout)
		}
		for _, phase := range o.Phases {
			if !slices.Contains(bench.Phases(), phase) {
				return wrongUsage(cmd, "--phases: %q is none of %s", phase, strings.Join(bench.Phases(), ", "))
			}
		}
		return p.bench(cmd.Context(), c, o, asJSON)
	}
	return cmd
}

func (p *program) bench(ctx context.Context, c *connection, o bench.Options, asJSON bool) error {
	admin, err := c.client()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(c.data, "bench-*")
	if err != nil {
		return fmt.Errorf("directory for the yardstick: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o.Server, o.Admin, o.Self, o.Dir, o.Progress = admin.BaseURL, benchAdmin{admin}, []string{self, "bench"}, dir, p.stderr
	report, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	if !asJSON {
		return report.WriteText(p.stdout)
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// benchAdmin prepares apps by way of the admin API.
type benchAdmin struct{ *client.Client }

// NewApp makes an app without frequency limits.
func (a benchAdmin) NewApp(ctx context.Context) (bench.App, error) {
	made, err := a.CreateApp(ctx, client.NewApp{})
	if err != nil {
		return bench.App{}, err
	}
	_, err = a.UpdateApp(ctx, made.SDKAppID, client.AppChange{GroupRate: new(int), RESTRate: new(client.RESTRate)})
	return bench.App{SDKAppID: made.SDKAppID, SecretKey: made.SecretKey, Administrator: made.Administrators[0]}, err
}

// SetWebhook sends an app's webhooks to address, or pauses them.
func (a benchAdmin) SetWebhook(ctx context.Context, sdkAppID int64, address string) error {
	_, err := a.UpdateWebhook(ctx, sdkAppID, client.WebhookChange{URL: &address})
	return err
}
