package main

import (
	"reflect"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/parley-im/parley/internal/console/client"
)

func newWebhookSet(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set the webhook URL of an app and which webhooks fire",
		Long: `Set the webhook URL of an app, which webhooks fire, and how. Only what is given
changes; it is in force at once.

Setting a URL for the first time without --on and --off switches on every
after-webhook and no before-webhook. An empty URL stops everything; events that
wait then wait for the next URL.

--timeout and --on-failure hold for all commands that have none of their own;
with --command they become that command's own. There, --timeout 0 and
--on-failure default give them up again.`,
		Example: `  parley webhook set --url https://example.com/callback
  parley webhook set --on Group.CallbackBeforeSendMsg
  parley webhook set --command Group.CallbackBeforeSendMsg --timeout 500ms --on-failure deny
  parley webhook set --on all --off OfficialAccount.CallbackBeforeSendMsg
  parley webhook set --token SECRET --signing-secret new
  parley webhook set --url ""`,
		Args: cobra.NoArgs,
	}
	read := webhookFlags(cmd.Flags())
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		change := read()
		switch {
		case reflect.ValueOf(change).IsZero():
			return wrongUsage(cmd, "there is nothing to change; give at least one setting")
		case change.Command != "" && change.Timeout == nil && change.OnFailure == nil:
			return wrongUsage(cmd, "--command says what --timeout and --on-failure are for; give at least one of them")
		}
		api, id, err := conn.app(cmd.Context())
		if err != nil {
			return err
		}
		webhook, err := api.UpdateWebhook(cmd.Context(), id, change)
		if err != nil {
			return err
		}
		return p.printWebhook(webhook, *asJSON)
	}
	return cmd
}

// webhookFlags defines the flags of what can be changed and returns what reads
// those that were given.
func webhookFlags(flags *pflag.FlagSet) func() client.WebhookChange {
	url := flags.String("url", "", "`URL` where the webhooks go, http or https; empty to stop them")
	on := flags.StringSlice("on", nil, "`commands` to switch on, or the words all, after, before")
	off := flags.StringSlice("off", nil, "`commands` to switch off, after those of --on were switched on; same words")
	mode := flags.String("mode", "", "`retry|once`: retry delivers after-webhooks at least once, once tries each one time (a new app has retry)")
	command := flags.String("command", "", "`command` that --timeout and --on-failure are for")
	timeout := durationFlag(flags, "timeout", "how long a call may take, 100ms to 10s (a new app has 2s)")
	onFailure := flags.String("on-failure", "", "`allow|deny` a message whose before-webhook fails (a new app has allow)")
	token := flags.String("token", "", "`token` that signs the query of each call with Sign and RequestTime, as in the public cloud; empty for none")
	secret := flags.String("signing-secret", "", "`secret` for the webhook-signature header, \"whsec_\" and base64, or \"new\" for one that is made; empty for none")
	return func() client.WebhookChange {
		return client.WebhookChange{
			URL: given(flags, "url", url), On: *on, Off: *off, Mode: given(flags, "mode", mode), Command: *command,
			Timeout: given(flags, "timeout", timeout), OnFailure: given(flags, "on-failure", onFailure),
			Token: given(flags, "token", token), SigningSecret: given(flags, "signing-secret", secret),
		}
	}
}
