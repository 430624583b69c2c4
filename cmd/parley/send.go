package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/api"
)

func newSend(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "send --group ID TEXT",
		Short: "Send a text message to a group",
		Long: `Send a text message to a group through the REST API, as a backend of the app
would. Group and sender must exist; "parley try" makes some.`,
		Example: `  parley send --group try-group "Hello"
  parley send --sdkappid 1400000001 --group try-group --from try-alice "Hello"`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	group := flags.String("group", "", "`GroupID` that the message goes to (required)")
	from := flags.String("from", "", "`UserID` of the sender (default the administrator)")
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *group == "" {
			return wrongUsage(cmd, "--group is missing")
		}
		rest, err := conn.rest(cmd.Context())
		if err != nil {
			return err
		}
		text, err := newMessage(args[0])
		if err != nil {
			return err
		}
		sent, err := rest.SendGroupMsg(cmd.Context(), &api.SendGroupMsgRequest{GroupID: *group, FromAccount: *from, Random: text.random, MsgBody: text.body})
		if err != nil {
			return fmt.Errorf("not sent: %w", err)
		}
		if *asJSON {
			return p.printJSON(sent)
		}
		p.printf("sent to %s with MsgSeq %d at %s\n", oneLine(*group), sent.MsgSeq, stamp(time.Unix(sent.MsgTime, 0)))
		return nil
	}
	return cmd
}
