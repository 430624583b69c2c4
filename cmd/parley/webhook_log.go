package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/parley-im/parley/internal/console/client"
)

// pageSize is the largest page that the server gives.
const pageSize = 500

func newWebhookLog(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log [EVENT-ID]",
		Short: "List webhook events, or show one with its attempts",
		Long: `List the after-webhooks of an app, newest first, or show one with its body and
the attempts to deliver it. Before-webhooks are asked at once and leave no trace
here.`,
		Example: `  parley webhook log
  parley webhook log --state retrying
  parley webhook log --conversation group:mygroup --since 1h
  parley webhook log --command Group.CallbackSendMsgException --since 2026-03-01T00:00:00Z
  parley webhook log evt-1a2b3c4d-17`,
		Args: cobra.MaximumNArgs(1),
	}
	read := logFlags(cmd.Flags())
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query := read()
		switch {
		case len(args) > 0 && query != (client.EventQuery{Limit: defaultLines}):
			return wrongUsage(cmd, "an event ID stands alone, without filters")
		case query.Limit < 1:
			return wrongUsage(cmd, "--limit must be a positive number")
		}
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		if len(args) > 0 {
			event, err := api.GetEvent(cmd.Context(), id, args[0])
			if err != nil {
				return err
			}
			return p.printEvent(event, *asJSON)
		}
		page, err := listEvents(cmd.Context(), api, id, query)
		if err != nil {
			return err
		}
		return p.printEvents(page, *asJSON)
	}
	return cmd
}

// defaultLines is how many events are listed if nothing else is said.
const defaultLines = 20

func logFlags(flags *pflag.FlagSet) func() client.EventQuery {
	command := flags.String("command", "", "only events of this webhook `command`")
	conversation := flags.String("conversation", "", "only events of this `conversation`: group:ID, official:ID, or the ID alone")
	state := flags.String("state", "", "only events in this `state`: pending, retrying, parked, delivered, failed, dead; pending includes retrying")
	since := flags.String("since", "", "only events since a `time` such as 2026-03-01T12:00:00Z, or a duration such as 1h before now")
	until := flags.String("until", "", "only events before a `time` or duration like that")
	limit := flags.Int("limit", defaultLines, "largest `number` of events to list")
	before := flags.String("before", "", "continue behind this `event`, as the end of a list tells")
	return func() client.EventQuery {
		return client.EventQuery{
			Command: *command, Conversation: *conversation, State: *state, Since: *since, Until: *until, Before: *before, Limit: *limit,
		}
	}
}

// listEvents asks for pages until there are as many events as wanted.
func listEvents(ctx context.Context, api *client.Client, app int64, query client.EventQuery) (client.EventPage, error) {
	all, wanted := client.EventPage{Events: []client.Event{}}, query.Limit
	for {
		query.Limit = min(wanted-len(all.Events), pageSize)
		page, err := api.ListEvents(ctx, app, query)
		if err != nil {
			return all, err
		}
		all.Events, all.Next = append(all.Events, page.Events...), page.Next
		if page.Next == "" || len(all.Events) >= wanted {
			return all, nil
		}
		query.Before = page.Next
	}
}

func (p *program) printEvents(page client.EventPage, asJSON bool) error {
	if asJSON {
		return p.printJSON(page)
	}
	if len(page.Events) == 0 {
		p.printf("no such events\n")
		return nil
	}
	rows := [][]string{{"TIME", "STATE", "COMMAND", "CONVERSATION", "ATTEMPTS", "EVENT", "REASON"}}
	for _, e := range page.Events {
		rows = append(rows, []string{
			p.when(e.Time), e.State, e.Command, e.Conversation, strconv.Itoa(e.Attempts), e.EventID, shortened(e.Reason),
		})
	}
	p.table(rows)
	if page.Next != "" {
		p.printf("\nThere may be more: --before %s\n", page.Next)
	}
	return nil
}

// shortened keeps a table from becoming too wide.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (p *program) printEvent(e client.EventDetail, asJSON bool) error {
	if asJSON {
		return p.printJSON(e)
	}
	rows := [][]string{
		{"Event", e.EventID},
		{"State", e.State},
		{"Explanation", e.Explanation},
		{"Command", e.Command},
		{"Conversation", e.Conversation},
		{"Recorded", p.when(e.Time)},
		{"Caused by", origin(e.Event)},
		{"URL now", notSet(e.URL)},
	}
	if !e.NextAttempt.IsZero() {
		rows = append(rows, []string{"Next attempt", p.when(e.NextAttempt)})
	}
	p.table(rows)
	p.printf("\nBody\n  %s\n", manyLines(e.Body))
	p.printAttempts(e)
	return nil
}

// origin is where the request came from that caused an event.
func origin(e client.Event) string {
	if e.ClientIP == "" {
		return e.Platform
	}
	return fmt.Sprintf("%s, %s", e.Platform, e.ClientIP)
}

func (p *program) printAttempts(e client.EventDetail) {
	switch {
	case e.Attempts == 0:
		p.printf("\nNo attempt was made yet.\n")
		return
	case len(e.AttemptLog) == 0:
		p.printf("\nThe attempts are not kept any more.\n")
		return
	}
	p.printf("\n")
	rows := [][]string{{"ATTEMPT", "TIME", "TOOK", "STATUS", "RESULT", "REPLY"}}
	for _, a := range e.AttemptLog {
		rows = append(rows, []string{strconv.Itoa(a.Number), p.when(a.Time), a.Duration.String(), status(a.Status), result(a.Reason), shortened(a.Reply)})
	}
	p.table(rows)
}

func status(code int) string {
	if code == 0 {
		return "-"
	}
	return strconv.Itoa(code)
}

func result(reason string) string {
	if reason == "" {
		return "delivered"
	}
	return reason
}
