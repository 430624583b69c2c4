package main

import (
	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newWebhookExplain(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Explain why a webhook did not fire or arrive",
		Long: `Explain why a webhook did not fire or did not arrive: is the URL set, is the
command on, was there an event, and what became of it?`,
		Example: `  parley webhook explain
  parley webhook explain --command Group.CallbackAfterSendMsg --conversation group:mygroup`,
		Args: cobra.NoArgs,
	}
	command := cmd.Flags().String("command", "", "webhook `command` in question (default all)")
	conversation := cmd.Flags().String("conversation", "", "`conversation` in question: group:ID, official:ID, or the ID alone (default all)")
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		explanation, err := api.Explain(cmd.Context(), id, *command, *conversation)
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(explanation)
		}
		p.printExplanation(explanation)
		return nil
	}
	return cmd
}

func (p *program) printExplanation(e client.Explanation) {
	p.printf("%s\n\n", oneLine(e.Verdict))
	for _, finding := range e.Findings {
		mark := "ok "
		if !finding.OK {
			mark = "-> "
		}
		p.printf("  %s %s\n", mark, oneLine(finding.Text))
	}
	if len(e.Hints) > 0 {
		p.printf("\nWhat to do or to look at:\n")
	}
	for _, hint := range e.Hints {
		p.printf("  - %s\n", oneLine(hint))
	}
	if len(e.Events) == 0 {
		return
	}
	p.printf("\nThe newest events:\n")
	for _, event := range e.Events {
		p.printf("  %s  %s  %s\n      %s\n", event.EventID, event.Command, oneLine(event.Conversation), oneLine(event.Explanation))
	}
}
