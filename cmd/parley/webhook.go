package main

import (
	"github.com/spf13/cobra"
)

func newWebhook(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "Set up webhooks, watch their deliveries, repeat them",
		Long: `Set up the webhooks of an app, watch their deliveries and repeat them.

Before-webhooks ask the app's backend, which may refuse a message. After-webhooks
tell it what happened; each is an event in the log until it is delivered, and for
a while after that.`,
	}
	cmd.AddCommand(newWebhookSet(p), newWebhookShow(p), newWebhookCheck(p), newWebhookStatus(p),
		newWebhookLog(p), newWebhookExplain(p), newWebhookReplay(p))
	return p.group(cmd)
}
