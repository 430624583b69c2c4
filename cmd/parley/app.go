package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newApp(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "app",
		Short: "Create apps, show and change their settings",
		Long: `Create apps, show and change their settings. An app is a tenant: it has users,
groups and official accounts of its own, a secret key, and one webhook URL.`,
	}
	cmd.AddCommand(newAppCreate(p), newAppList(p), newAppShow(p), newAppSet(p))
	return p.group(cmd)
}

// getApp returns the app that the command is for, with its secret key.
func (c *connection) getApp(ctx context.Context) (client.App, error) {
	api, id, err := c.app(ctx)
	if err != nil {
		return client.App{}, err
	}
	return api.GetApp(ctx, id)
}

func newAppCreate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create an app",
		Long: `Create an app and print its SDKAppID and its secret key. What is not given is
chosen: the next free SDKAppID, a random key, the administrator "administrator".`,
		Example: `  parley app create
  parley app create --sdkappid 1400000042 --admins boss,deputy`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	id := flags.Int64("sdkappid", 0, "`number` of the new app")
	secret := flags.String("secret", "", "secret `key`, 8 to 256 bytes; other users of the machine can see it while the command runs")
	admins := flags.StringSlice("admins", nil, "`UserIDs` of the administrators, who may call the REST API")
	asJSON := jsonFlag(cmd)
	conn := p.connects(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if flags.Changed("sdkappid") && *id < 1 {
			return wrongUsage(cmd, "--sdkappid must be a positive number")
		}
		api, err := conn.client()
		if err != nil {
			return err
		}
		app, err := api.CreateApp(cmd.Context(), client.NewApp{SDKAppID: *id, SecretKey: *secret, Administrators: *admins})
		if err != nil {
			return err
		}
		return p.printApp(app, *asJSON)
	}
	return cmd
}

func newAppList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the apps",
		Example: `  parley app list --json`,
		Args:    cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connects(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, err := conn.client()
		if err != nil {
			return err
		}
		apps, err := api.ListApps(cmd.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(client.AppList{Apps: apps})
		}
		rows := [][]string{{"SDKAPPID", "CREATED", "ADMINISTRATORS"}}
		for _, app := range apps {
			rows = append(rows, []string{strconv.FormatInt(app.SDKAppID, 10), p.when(app.CreateTime), list(app.Administrators)})
		}
		p.table(rows)
		return nil
	}
	return cmd
}

func newAppShow(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show an app with its secret key and its settings",
		Example: `  parley app show
  parley app show --sdkappid 1400000001 --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		app, err := conn.getApp(cmd.Context())
		if err != nil {
			return err
		}
		return p.printApp(app, *asJSON)
	}
	return cmd
}

// printApp prints everything that the answer has of an app.
func (p *program) printApp(app client.App, asJSON bool) error {
	if asJSON {
		return p.printJSON(app)
	}
	rows := [][]string{{"SDKAppID", strconv.FormatInt(app.SDKAppID, 10)}}
	if app.SecretKey != "" {
		rows = append(rows, []string{"SecretKey", app.SecretKey})
	}
	p.table(append(rows, [][]string{
		{"Administrators", list(app.Administrators)},
		{"Created", p.when(app.CreateTime)},
		{"BlockedWords", list(app.BlockedWords)},
		{"GroupRate", rate(app.GroupRate, "messages a second in one group")},
		{"MaxWebInstances", fmt.Sprintf("%d (browsers of one user)", app.MaxWebInstances)},
		{"OfficialRate", rate(app.OfficialRate, "broadcasts a second of one official account")},
		{"OfficialHourly", rate(app.OfficialHourly, "broadcasts an hour of one official account")},
		{"RESTRate", restRate(app.RESTRate)},
		{"HeadOfLine", orElse(app.HeadOfLine, "no limit")},
		{"ReportRefusals", yes(app.ReportRefusals)},
		{"PrivateAddresses", yes(app.PrivateAddresses)},
		{"MessageRetention", orElse(app.MessageRetention, "for ever")},
		{"EventRetention", orElse(app.EventRetention, "for ever")},
		{"AttemptRetention", orElse(app.AttemptRetention, "as long as the event")},
	}...))
	return nil
}

func rate(n int, of string) string {
	if n == 0 {
		return "no limit"
	}
	return fmt.Sprintf("%d (%s)", n, of)
}

func restRate(r client.RESTRate) string {
	if r == client.RESTRateDocumented {
		return "documented (the limit of each command)"
	}
	return rate(int(r), "calls a second of one command")
}

// orElse writes a duration, or what 0 stands for.
func orElse(d client.Duration, none string) string {
	if d == 0 {
		return none
	}
	return d.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
