package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/parley-im/parley/internal/console/client"
)

func newAppSet(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Change settings of an app",
		Long: `Change settings of an app. Only what is given changes; it is in force at once.

Durations are written like 90s, 10m, 2h or 7d. Lists replace the old ones; an
empty one ("") clears it.`,
		Example: `  parley app set --blocked-words casino,lottery
  parley app set --group-rate 100 --rest-rate 0
  parley app set --sdkappid 1400000001 --event-retention 30d
  parley app set --private-addresses=false`,
		Args: cobra.NoArgs,
	}
	read := appFlags(cmd.Flags())
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		change := read()
		if change == (client.AppChange{}) {
			return wrongUsage(cmd, "there is nothing to change; give at least one setting")
		}
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		app, err := api.UpdateApp(cmd.Context(), id, change)
		if err != nil {
			return err
		}
		return p.printApp(app, *asJSON)
	}
	return cmd
}

// appFlags defines a flag for every setting of an app and returns what reads
// those that were given.
func appFlags(flags *pflag.FlagSet) func() client.AppChange {
	words := flags.StringSlice("blocked-words", nil, "`words` that are refused in message texts, with code 80001")
	groupRate := flags.Int("group-rate", 0, "`number` of messages a second that one group takes; 0 for no limit (a new app has 40)")
	instances := flags.Int("max-web-instances", 0, "`number` of browsers of one user that may be online (a new app has 1)")
	officialRate := flags.Int("official-rate", 0, "`number` of broadcasts a second that one official account may send; 0 for no limit (a new app has 1)")
	officialHourly := flags.Int("official-hourly", 0, "`number` of broadcasts an hour that one official account may send; 0 for no limit (a new app has 0)")
	restRate := new(client.RESTRate)
	flags.Var((*rateValue)(restRate), "rest-rate", "calls a second that each REST command takes: \"documented\" for the limit that the protocol documents for it, or a number; 0 for no limit (a new app has documented)")
	headOfLine := durationFlag(flags, "head-of-line", "how long one failing event may hold up the later ones of its conversation while the receiver answers for others; 0 for no limit (a new app has 10m)")
	admins := flags.StringSlice("admins", nil, "`UserIDs` of the administrators, who may call the REST API and are never muted")
	refusals := flags.Bool("report-refusals", false, "let a refusal by the app's own before-webhook fire Group.CallbackSendMsgException too (a new app does)")
	private := flags.Bool("private-addresses", false, "let the app's webhooks go to private addresses, whatever the server's setting webhook_private_addresses says (a new app does not)")
	messages := durationFlag(flags, "message-retention", "how long messages are kept; 0 for ever (a new app has 0)")
	events := durationFlag(flags, "event-retention", "how long webhook events stay in the log when they have been delivered or given up; 0 for ever (a new app has 7d)")
	attempts := durationFlag(flags, "attempt-retention", "how long the attempts of an event stay in the log; 0 as long as the event (a new app has 0)")
	return func() client.AppChange {
		return client.AppChange{
			Administrators:   given(flags, "admins", admins),
			BlockedWords:     given(flags, "blocked-words", words),
			GroupRate:        given(flags, "group-rate", groupRate),
			MaxWebInstances:  given(flags, "max-web-instances", instances),
			OfficialRate:     given(flags, "official-rate", officialRate),
			OfficialHourly:   given(flags, "official-hourly", officialHourly),
			RESTRate:         given(flags, "rest-rate", restRate),
			HeadOfLine:       given(flags, "head-of-line", headOfLine),
			ReportRefusals:   given(flags, "report-refusals", refusals),
			PrivateAddresses: given(flags, "private-addresses", private),
			MessageRetention: given(flags, "message-retention", messages),
			EventRetention:   given(flags, "event-retention", events),
			AttemptRetention: given(flags, "attempt-retention", attempts),
		}
	}
}
