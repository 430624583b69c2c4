package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
)

// on returns the commands that fire.
func on(w client.Webhook) []string {
	list := []string{}
	for _, c := range w.Commands {
		if c.On {
			list = append(list, c.Command)
		}
	}
	return list
}

// those returns the commands of a kind.
func those(f *fixture, belongs func(callback.Command) bool) []string {
	list := []string{}
	for _, c := range f.console.Webhooks.Commands() {
		if belongs(c) {
			list = append(list, string(c))
		}
	}
	return list
}

const (
	beforeGroup = string(callback.CommandGroupBeforeSendMsg)
	afterGroup  = string(callback.CommandGroupAfterSendMsg)
	exception   = string(callback.CommandGroupSendMsgException)
)

func TestSwitches(t *testing.T) {
	t.Parallel()
	f := start(t)
	all := func(callback.Command) bool { return true }
	none := func(callback.Command) bool { return false }
	without := func(names ...string) func(callback.Command) bool {
		return func(c callback.Command) bool { return !slices.Contains(names, string(c)) }
	}
	only := func(names ...string) func(callback.Command) bool {
		return func(c callback.Command) bool { return slices.Contains(names, string(c)) }
	}
	url, other := "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"
	// Each row goes on where the one above it ended.
	steps := []struct {
		name   string
		change client.WebhookChange
		want   func(callback.Command) bool
	}{
		{"without a URL nothing comes on by itself", client.WebhookChange{Mode: new("once")}, none},
		{"the first URL switches after-webhooks on", client.WebhookChange{URL: &url}, callback.Command.IsAfter},
		{"one more", client.WebhookChange{On: []string{beforeGroup}}, func(c callback.Command) bool { return c.IsAfter() || string(c) == beforeGroup }},
		{"all", client.WebhookChange{On: []string{"all"}}, all},
		{"off wins over on", client.WebhookChange{On: []string{"all"}, Off: []string{exception}}, without(exception)},
		{"off by group", client.WebhookChange{Off: []string{"after"}}, callback.Command.IsBefore},
		{"everything off", client.WebhookChange{Off: []string{"all"}}, none},
		{"another URL is not the first", client.WebhookChange{URL: &other}, none},
		{"only what is named", client.WebhookChange{On: []string{exception, afterGroup}}, only(afterGroup, exception)},
		{"an empty URL remembers the switches", client.WebhookChange{URL: new("")}, only(afterGroup, exception)},
		{"and so does the next one", client.WebhookChange{URL: &url}, only(afterGroup, exception)},
	}
	for _, step := range steps {
		got := ok(f.api.UpdateWebhook(t.Context(), theApp, step.change))(t)
		if diff := cmp.Diff(on(got), those(f, step.want)); diff != "" {
			t.Errorf("%s (-got +want):\n%s", step.name, diff)
		}
	}
}

func TestFirstURLWithNamedCommands(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: new("http://127.0.0.1:1/"), On: []string{exception}}))(t)
	if diff := cmp.Diff(on(got), []string{exception}); diff != "" {
		t.Errorf("on (-got +want):\n%s", diff)
	}
}

func TestCommandPolicy(t *testing.T) {
	t.Parallel()
	f := start(t)
	second, half := client.Duration(time.Second), client.Duration(500*time.Millisecond)
	find := func(w client.Webhook, command string) client.WebhookCommand {
		i := slices.IndexFunc(w.Commands, func(c client.WebhookCommand) bool { return c.Command == command })
		return w.Commands[i]
	}
	w := ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{Timeout: &second}))(t)
	want := client.WebhookCommand{Command: beforeGroup, Kind: "before", Timeout: second, OnFailure: "allow"}
	if diff := cmp.Diff(find(w, beforeGroup), want); diff != "" {
		t.Errorf("as the app (-got +want):\n%s", diff)
	}

	w = ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{Command: beforeGroup, Timeout: &half, OnFailure: new("deny")}))(t)
	want = client.WebhookCommand{Command: beforeGroup, Kind: "before", Timeout: half, OwnTimeout: true, OnFailure: "deny", OwnOnFailure: true}
	if diff := cmp.Diff(find(w, beforeGroup), want); diff != "" {
		t.Errorf("its own (-got +want):\n%s", diff)
	}
	if w.Timeout != second || w.OnFailure != "allow" || find(w, afterGroup).Timeout != second {
		t.Errorf("what is for one command changed others: %+v", w)
	}

	w = ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{Command: beforeGroup, Timeout: new(client.Duration(0)), OnFailure: new("default")}))(t)
	want = client.WebhookCommand{Command: beforeGroup, Kind: "before", Timeout: second, OnFailure: "allow"}
	if diff := cmp.Diff(find(w, beforeGroup), want); diff != "" {
		t.Errorf("given up (-got +want):\n%s", diff)
	}
	if n := len(f.apps.Get(theApp).Webhook.Commands); n != 0 {
		t.Errorf("%d commands still have a policy", n)
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	f := start(t)
	w := ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{Token: new("the token"), SigningSecret: new("new")}))(t)
	if !w.TokenSet || w.Token != "" || !w.SigningSecretSet || !strings.HasPrefix(w.SigningSecret, "whsec_") {
		t.Errorf("when just made: got %+v, want the new secret only", w)
	}
	made := w.SigningSecret
	if w = ok(f.api.GetWebhook(t.Context(), theApp, false))(t); !w.TokenSet || w.Token != "" || !w.SigningSecretSet || w.SigningSecret != "" {
		t.Errorf("later: got %+v, want none", w)
	}
	if w = ok(f.api.GetWebhook(t.Context(), theApp, true))(t); w.Token != "the token" || w.SigningSecret != made {
		t.Errorf("revealed: got %+v, want both", w)
	}
	w = ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{Token: new(""), SigningSecret: new("")}))(t)
	if w.TokenSet || w.SigningSecretSet {
		t.Errorf("removed: got %+v, want none", w)
	}
}

func TestUpdateWebhookRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	tests := []struct{ body, setting, words string }{
		{`{"URL":"ftp://example.com"}`, "url", "http:// or https://"},
		{`{"On":["Group.CallbackAfterSendMessage"]}`, "on", "there are: Group.CallbackBeforeSendMsg"},
		{`{"Off":["none"]}`, "off", `"none" is no webhook`},
		{`{"On":["Parley.Ping"]}`, "on", "is no webhook"},
		{`{"Mode":"twice"}`, "mode", "retry or once"},
		{`{"Timeout":"1ms"}`, "timeout", "100ms to 10s"},
		{`{"Timeout":"0s"}`, "timeout", "100ms to 10s"},
		{`{"OnFailure":"default"}`, "on-failure", "allow or deny"},
		{`{"Command":"` + beforeGroup + `","Timeout":"1m"}`, "timeout of " + beforeGroup, "100ms to 10s"},
		{`{"Command":"` + afterGroup + `","OnFailure":"deny"}`, "on-failure", "only before-webhooks"},
		{`{"Command":"Nonsense","OnFailure":"deny"}`, "command", "is no webhook"},
		{`{"SigningSecret":"short"}`, "signing-secret", "whsec_"},
		{`{"Url":1}`, "", "cannot unmarshal"},
	}
	for _, test := range tests {
		f.refusedWith(http.MethodPatch, appPath("/webhook"), test.body, http.StatusBadRequest, test.setting, test.words)
	}
	f.refusedWith(http.MethodGet, appPath("/webhook?show=1"), "", http.StatusBadRequest, "show", "no parameter of this request")
	if w := ok(f.api.GetWebhook(t.Context(), theApp, true))(t); w.URL != "" || len(on(w)) > 0 || w.Mode != "retry" {
		t.Errorf("a refused change changed the webhooks: %+v", w)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	f := start(t)
	good, bad := newReceiver(t), newReceiver(t)
	bad.answer(http.StatusTeapot)
	f.refusedWith(http.MethodPost, appPath("/webhook/check"), `{}`, http.StatusBadRequest, "url", "has no webhook URL")
	f.refusedWith(http.MethodPost, appPath("/webhook/check"), `{"URL":"nonsense"}`, http.StatusBadRequest, "url", "http://")
	if c := ok(f.api.CheckURL(t.Context(), theApp, bad.URL))(t); c.OK || c.Status != http.StatusTeapot || !strings.Contains(c.Explanation, "418") {
		t.Errorf("bad receiver: got %+v", c)
	}
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &good.URL}))(t)
	if c := ok(f.api.CheckURL(t.Context(), theApp, ""))(t); !c.OK || c.URL != good.URL || c.Status != http.StatusOK {
		t.Errorf("the app's own: got %+v", c)
	}
}
