package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
)

func (c *Console) getWebhook(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	if err := checkQuery(r, "reveal"); err != nil {
		return nil, err
	}
	answer := c.webhookAnswer(a)
	if r.URL.Query().Get("reveal") == "1" {
		answer.Token, answer.SigningSecret = a.Webhook.Token, a.Webhook.SigningSecret
	}
	return answer, nil
}

func (c *Console) updateWebhook(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	var change client.WebhookChange
	if err := decode(r, &change); err != nil {
		return nil, err
	}
	made := makeSecret(&change)
	a, err = c.Apps.Change(r.Context(), a.SDKAppID, func(a *chat.App) error { return c.applyWebhook(&a.Webhook, &change) })
	if err != nil {
		return nil, err
	}
	answer := c.webhookAnswer(a)
	answer.SigningSecret = made
	return answer, nil
}

// newSecret is the word for a signing secret that is to be made.
const newSecret = "new"

// makeSecret replaces the word "new" by a new secret and returns that.
func makeSecret(change *client.WebhookChange) string {
	if change.SigningSecret == nil || *change.SigningSecret != newSecret {
		return ""
	}
	secret := callback.NewSecret()
	change.SigningSecret = &secret
	return secret
}

func (c *Console) applyWebhook(w *chat.Webhook, change *client.WebhookChange) error {
	if err := c.applySwitches(w, change); err != nil {
		return err
	}
	set(&w.URL, change.URL)
	set(&w.Mode, (*chat.DeliveryMode)(change.Mode))
	set(&w.Token, change.Token)
	set(&w.SigningSecret, change.SigningSecret)
	if change.Command != "" {
		return c.applyPolicy(w, change)
	}
	set(&w.Timeout, (*time.Duration)(change.Timeout))
	set(&w.OnFailure, (*chat.FailurePolicy)(change.OnFailure))
	return nil
}

// applySwitches decides which commands fire. It looks at the URL that there was
// before. Spec: decisions#10
func (c *Console) applySwitches(w *chat.Webhook, change *client.WebhookChange) error {
	on, err := c.commands("on", change.On)
	if err != nil {
		return err
	}
	off, err := c.commands("off", change.Off)
	if err != nil {
		return err
	}
	first := w.URL == "" && len(w.On) == 0 && change.URL != nil && *change.URL != ""
	if first && len(on)+len(off) == 0 {
		if on, err = c.commands("on", []string{"after"}); err != nil {
			return err
		}
	}
	w.On = c.switched(w.On, on, off)
	return nil
}

// asApp is the word with which a command gives up its own policy.
const asApp = "default"

// applyPolicy changes what one command does differently.
func (c *Console) applyPolicy(w *chat.Webhook, change *client.WebhookChange) error {
	if err := c.checkCommand("command", change.Command); err != nil {
		return err
	}
	policy := w.Commands[change.Command]
	set(&policy.Timeout, (*time.Duration)(change.Timeout))
	if change.OnFailure != nil {
		if !callback.Command(change.Command).IsBefore() {
			return badRequest("on-failure", "%s reports what has happened already; only before-webhooks have a failure policy", change.Command)
		}
		policy.OnFailure = chat.FailurePolicy(*change.OnFailure)
		if *change.OnFailure == asApp {
			policy.OnFailure = ""
		}
	}
	if policy == (chat.CommandPolicy{}) {
		delete(w.Commands, change.Command)
		return nil
	}
	if w.Commands == nil {
		w.Commands = make(map[string]chat.CommandPolicy)
	}
	w.Commands[change.Command] = policy
	return nil
}

// webhookAnswer is an app's webhooks without its secrets.
func (c *Console) webhookAnswer(a *chat.App) client.Webhook {
	w := &a.Webhook
	answer := client.Webhook{
		URL: w.URL, Mode: string(w.Mode), Timeout: client.Duration(w.Timeout), OnFailure: string(w.OnFailure),
		TokenSet: w.Token != "", SigningSecretSet: w.SigningSecret != "", Commands: []client.WebhookCommand{},
	}
	for _, command := range c.Webhooks.Commands() {
		name, own := string(command), w.Commands[string(command)]
		row := client.WebhookCommand{
			Command: name, Kind: "after", On: slices.Contains(w.On, name),
			Timeout: client.Duration(w.TimeoutOf(name)), OwnTimeout: own.Timeout > 0,
		}
		if command.IsBefore() {
			row.Kind, row.OnFailure, row.OwnOnFailure = "before", string(w.OnFailureOf(name)), own.OnFailure != ""
		}
		answer.Commands = append(answer.Commands, row)
	}
	return answer
}

func (c *Console) checkURL(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	var request client.CheckRequest
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	url := request.URL
	if url == "" {
		url = a.Webhook.URL
	}
	if url == "" {
		return nil, badRequest("url", "the app has no webhook URL; say which one to check")
	}
	if err := callback.CheckURL(url); err != nil {
		return nil, badRequest("url", "%v", err)
	}
	checked, err := c.Webhooks.Check(r.Context(), a, url)
	if err != nil {
		return nil, err
	}
	if checked.OK && url == a.Webhook.URL {
		// Why should what waits wait any longer?
		c.Webhooks.Kick(a.SDKAppID)
	}
	return client.CheckAnswer{
		URL: url, OK: checked.OK, Explanation: checked.Explanation, Status: checked.Status,
		Duration: client.Duration(checked.Duration.Round(time.Microsecond)), Reply: checked.Reply,
	}, nil
}
