package app

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/policy"
)

// clone copies an app so that the copy can be changed. Blocked words are shared:
// they are replaced, never changed in place, and the filter made of them is
// known by their identity.
func clone(a *chat.App) *chat.App {
	c := *a
	c.Administrators = slices.Clone(a.Administrators)
	c.Webhook.On = append([]string{}, a.Webhook.On...) // never null on the wire
	c.Webhook.Commands = make(map[string]chat.CommandPolicy, len(a.Webhook.Commands))
	maps.Copy(c.Webhook.Commands, a.Webhook.Commands)
	return &c
}

// check returns the first fault of an app's settings.
func check(a *chat.App) error {
	if err := checkIdentity(a); err != nil {
		return err
	}
	if err := checkSettings(&a.Settings); err != nil {
		return err
	}
	return checkWebhook(&a.Webhook)
}

func checkIdentity(a *chat.App) error {
	switch {
	case a.SDKAppID < 1:
		return &InvalidError{"sdkappid", "must be positive"}
	case len(a.SecretKey) < minSecretKeyBytes || len(a.SecretKey) > maxSecretKeyBytes:
		return &InvalidError{"secret", "must have 8 to 256 bytes"}
	case len(a.Administrators) == 0 || len(a.Administrators) > maxAdministrators:
		return &InvalidError{"admins", "there must be 1 to 100 of them"}
	}
	for _, id := range a.Administrators {
		if why := chat.CheckUserID(id); why != "" {
			return &InvalidError{"admins", why}
		}
	}
	return nil
}

func checkSettings(s *chat.Settings) error {
	for _, n := range []struct {
		name  string
		value int
		least int
	}{
		{"group-rate", s.GroupRate, 0},
		{"official-rate", s.OfficialRate, 0},
		{"official-hourly", s.OfficialHourly, 0},
		{"rest-rate", s.RESTRate, chat.RESTRateDocumented},
		{"max-web-instances", s.MaxWebInstances, 0},
	} {
		if n.value < n.least || n.value > 1_000_000 {
			return &InvalidError{n.name, fmt.Sprintf("must be from %d to 1000000", max(n.least, 0))}
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"head-of-line", s.HeadOfLine},
		{"message-retention", s.MessageRetention},
		{"event-retention", s.EventRetention},
		{"attempt-retention", s.AttemptRetention},
	} {
		if d.value < 0 {
			return &InvalidError{d.name, "must not be negative; 0 means no limit"}
		}
	}
	if why := policy.CheckWords(s.BlockedWords); why != "" {
		return &InvalidError{"blocked-words", why}
	}
	return nil
}

func checkWebhook(w *chat.Webhook) error {
	if w.URL != "" {
		if err := callback.CheckURL(w.URL); err != nil {
			return &InvalidError{"url", err.Error()}
		}
	}
	if w.Mode != chat.ModeRetry && w.Mode != chat.ModeOnce {
		return &InvalidError{"mode", "must be retry or once"}
	}
	if len(w.Token) > maxTokenBytes {
		return &InvalidError{"token", "must have at most 256 bytes"}
	}
	if w.SigningSecret != "" {
		if _, err := callback.ParseSecret(w.SigningSecret); err != nil {
			return &InvalidError{"signing-secret", "must be whsec_ and the base64 of 24 to 64 bytes"}
		}
	}
	if err := checkPolicy("", w.Timeout, w.OnFailure); err != nil {
		return err
	}
	for command, p := range w.Commands {
		if !slices.Contains(callback.Commands(), callback.Command(command)) {
			return &InvalidError{"command", command + " is no webhook command"}
		}
		if p.Timeout == 0 {
			p.Timeout = w.Timeout
		}
		if p.OnFailure == "" {
			p.OnFailure = w.OnFailure
		}
		if err := checkPolicy(" of "+command, p.Timeout, p.OnFailure); err != nil {
			return err
		}
	}
	for _, command := range w.On {
		if !slices.Contains(callback.Commands(), callback.Command(command)) || command == string(callback.CommandPing) {
			return &InvalidError{"on", command + " is no webhook command"}
		}
	}
	return nil
}

func checkPolicy(of string, timeout time.Duration, onFailure chat.FailurePolicy) error {
	if timeout < chat.MinWebhookTimeout || timeout > chat.MaxWebhookTimeout {
		return &InvalidError{"timeout" + of, "must be from 100ms to 10s"}
	}
	if onFailure != chat.AllowOnFailure && onFailure != chat.DenyOnFailure {
		return &InvalidError{"on-failure" + of, "must be allow or deny"}
	}
	return nil
}
