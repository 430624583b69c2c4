package main

import (
	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

func newWebhookReplay(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay [EVENT-ID]",
		Short: "Deliver events again",
		Long: `Deliver events again: one, or all that were given up (--dead), or all that were
recorded in a span of time, delivered or not (--since and --until). --dead
together with --since or --until is for those given up in that span.

An event keeps its ID, so a receiver can tell that it has seen it. Events of one
conversation are delivered in their order.`,
		Example: `  parley webhook replay evt-1a2b3c4d-17
  parley webhook replay --dead
  parley webhook replay --since 2026-03-01T08:00:00Z --until 2026-03-01T09:30:00Z
  parley webhook replay --since 2h`,
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	dead := flags.Bool("dead", false, "those that were given up after the last retry")
	since := flags.String("since", "", "those recorded since a `time` such as 2026-03-01T12:00:00Z, or a duration such as 1h before now")
	until := flags.String("until", "", "those recorded before a `time` or duration like that")
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		request := client.ReplayRequest{Dead: *dead, Since: *since, Until: *until}
		span := request != (client.ReplayRequest{})
		switch {
		case len(args) > 0 && span:
			return wrongUsage(cmd, "an event ID stands alone, without --dead, --since and --until")
		case len(args) == 0 && !*dead && *since == "":
			return wrongUsage(cmd, "say which events: an event ID, --dead, or --since")
		case len(args) > 0:
			request.EventID = args[0]
		}
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		n, err := api.Replay(cmd.Context(), id, request)
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(client.ReplayAnswer{Replayed: n})
		}
		switch n {
		case 0:
			p.printf("no such events\n")
		case 1:
			p.printf("1 event is delivered again\n")
		default:
			p.printf("%d events are delivered again\n", n)
		}
		return nil
	}
	return cmd
}
