package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newWebhookShow(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the webhook URL of an app and which webhooks fire",
		Example: `  parley webhook show
  parley webhook show --reveal --json`,
		Args: cobra.NoArgs,
	}
	reveal := cmd.Flags().Bool("reveal", false, "show token and signing secret, not only whether they are set")
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		webhook, err := api.GetWebhook(cmd.Context(), id, *reveal)
		if err != nil {
			return err
		}
		return p.printWebhook(webhook, *asJSON)
	}
	return cmd
}

func (p *program) printWebhook(w client.Webhook, asJSON bool) error {
	if asJSON {
		return p.printJSON(w)
	}
	p.table([][]string{
		{"URL", notSet(w.URL)},
		{"Mode", modes[w.Mode]},
		{"Timeout", w.Timeout.String()},
		{"OnFailure", w.OnFailure},
		{"Token", hidden(w.TokenSet, w.Token)},
		{"SigningSecret", hidden(w.SigningSecretSet, w.SigningSecret)},
	})
	rows := [][]string{{"COMMAND", "KIND", "FIRES", "TIMEOUT", "ON FAILURE"}}
	for _, c := range w.Commands {
		rows = append(rows, []string{c.Command, c.Kind, yes(c.On && w.URL != ""), own(c.Timeout.String(), c.OwnTimeout), own(c.OnFailure, c.OwnOnFailure)})
	}
	p.printf("\n")
	p.table(rows)
	return nil
}

var modes = map[string]string{
	"retry": "retry (delivered at least once)",
	"once":  "once (tried once)",
}

func notSet(text string) string {
	if text == "" {
		return "not set, so nothing fires"
	}
	return text
}

func hidden(set bool, text string) string {
	switch {
	case text != "":
		return text
	case set:
		return "set (--reveal shows it)"
	}
	return "not set"
}

// own marks what a command does differently.
func own(text string, own bool) string {
	if own {
		text += " (its own)"
	}
	return strings.TrimSpace(text)
}
