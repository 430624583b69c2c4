package server

import (
	"fmt"
	"strconv"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/inbox"
)

// verifier judges what arrives in the inbox with the secrets of its app.
type verifier struct{ apps *app.Registry }

// Verify checks both kinds of signature, as an app's backend would.
func (v verifier) Verify(sdkAppID string, r *inbox.Received) (inbox.Verdict, string) {
	id, err := strconv.ParseInt(sdkAppID, 10, 64)
	if err != nil {
		return inbox.Unjudged, "The query names no SdkAppid."
	}
	a := v.apps.Get(chat.SDKAppID(id))
	if a == nil {
		return inbox.Unjudged, "There is no app " + sdkAppID + " on this server."
	}
	query := r.Query()
	if query.Get("Sign") != "" {
		if a.Webhook.Token == "" {
			return inbox.Unjudged, "The webhook carries Sign but the app has no token."
		}
		if err := callback.VerifySign(query, r.Time, a.Webhook.Token); err != nil {
			return inbox.Invalid, fmt.Sprintf("Sign is wrong: %v.", err)
		}
	}
	if r.Header.Get(callback.HeaderWebhookSignature) == "" {
		return inbox.Valid, "Sign is right."
	}
	return v.verifyBody(a, r, query.Get("Sign") != "")
}

func (v verifier) verifyBody(a *chat.App, r *inbox.Received, signed bool) (inbox.Verdict, string) {
	switch {
	case a.Webhook.SigningSecret == "":
		return inbox.Unjudged, "The webhook carries webhook-signature but the app has no signing secret."
	case r.Truncated:
		return inbox.Unjudged, "The body was too large to be kept whole, so its signature cannot be checked."
	}
	secret, err := callback.ParseSecret(a.Webhook.SigningSecret)
	if err != nil {
		return inbox.Unjudged, "The app's signing secret is unusable."
	}
	if err := callback.VerifyHeader(r.Header, r.Body, r.Time, secret); err != nil {
		return inbox.Invalid, fmt.Sprintf("webhook-signature is wrong: %v.", err)
	}
	if signed {
		return inbox.Valid, "Sign and webhook-signature are right."
	}
	return inbox.Valid, "webhook-signature is right."
}
