package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newWebhookStatus(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how an app's deliveries stand",
		Example: `  parley webhook status
  parley webhook status --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		status, err := api.GetStatus(cmd.Context(), id)
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(status)
		}
		p.printStatus(status)
		return nil
	}
	return cmd
}

func (p *program) printStatus(s client.WebhookStatus) {
	rows := [][]string{{"Deliveries", s.Summary}}
	if s.Failing {
		rows = append(rows, []string{"Next probe", p.when(s.NextProbe)})
		if len(s.FailingOn) > 0 {
			rows = append(rows, []string{"Failing on", list(s.FailingOn)})
		}
	}
	rows = append(rows, []string{"Last success", p.when(s.LastSuccess)})
	if s.LastReason != "" {
		rows = append(rows, []string{"Last reason", s.LastReason})
	}
	p.table(append(rows, [][]string{
		{"Pending", upTo(s.Pending, s.CountLimit)},
		{"Parked", upTo(s.Parked, s.CountLimit)},
		{"Dead", upTo(s.Dead, s.CountLimit)},
	}...))
}

// upTo writes a count that was not continued beyond a limit.
func upTo(n, limit int) string {
	if n >= limit {
		return fmt.Sprintf("%d or more", limit)
	}
	return fmt.Sprint(n)
}
