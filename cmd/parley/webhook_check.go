package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newWebhookCheck(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [URL]",
		Short: "Send a test webhook and explain what came back",
		Long: `Send a Parley.Ping, signed like the app's webhooks, to a URL and explain what
came back. Without a URL, the app's own is tried; if it answers, events that
wait for it are delivered at once.`,
		Example: `  parley webhook check
  parley webhook check https://example.com/callback`,
		Args: cobra.MaximumNArgs(1),
	}
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		url := ""
		if len(args) > 0 {
			url = args[0]
		}
		checked, err := api.CheckURL(cmd.Context(), id, url)
		if err != nil {
			return err
		}
		if *asJSON {
			if err := p.printJSON(checked); err != nil {
				return err
			}
		}
		switch {
		case !checked.OK:
			return fmt.Errorf("%s: %s", oneLine(checked.URL), oneLine(checked.Explanation))
		case !*asJSON:
			p.printf("%s: %s\n", oneLine(checked.URL), oneLine(checked.Explanation))
		}
		return nil
	}
	return cmd
}
