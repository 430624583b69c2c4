package client

import "time"

// Webhook is where an app's webhooks go and which of them fire.
type Webhook struct {
	// URL is empty when nothing fires.
	URL string `json:"URL"`
	// Mode is "retry" or "once".
	Mode string `json:"Mode"`
	// Timeout and OnFailure hold for commands that have none of their own.
	Timeout   Duration `json:"Timeout"`
	OnFailure string   `json:"OnFailure"`
	// TokenSet and SigningSecretSet tell whether there is one; the two
	// themselves are there only on request, and when they were just made.
	TokenSet         bool             `json:"TokenSet"`
	Token            string           `json:"Token,omitempty"`
	SigningSecretSet bool             `json:"SigningSecretSet"`
	SigningSecret    string           `json:"SigningSecret,omitempty"`
	Commands         []WebhookCommand `json:"Commands"`
}

// WebhookCommand is one webhook of an app.
type WebhookCommand struct {
	Command string `json:"Command"`
	// Kind is "before" or "after".
	Kind string `json:"Kind"`
	On   bool   `json:"On"`
	// Timeout is the one in force, OwnTimeout whether it is the command's own.
	Timeout    Duration `json:"Timeout"`
	OwnTimeout bool     `json:"OwnTimeout"`
	// OnFailure is the policy in force; only before-webhooks have one.
	OnFailure    string `json:"OnFailure,omitempty"`
	OwnOnFailure bool   `json:"OwnOnFailure,omitempty"`
}

// WebhookChange is what to change of an app's webhooks; what is nil or empty
// stays as it is.
type WebhookChange struct {
	// URL may be empty, which stops everything. Setting it for the first time
	// without On and Off switches on every after-webhook.
	URL *string `json:"URL,omitempty"`
	// On and Off name commands, or "all", "after" or "before". On counts first.
	On   []string `json:"On,omitempty"`
	Off  []string `json:"Off,omitempty"`
	Mode *string  `json:"Mode,omitempty"`
	// Command is the one that Timeout and OnFailure are for; without it they
	// are for all that have none of their own. With it, a Timeout of 0 and an
	// OnFailure of "default" give up the command's own.
	Command   string    `json:"Command,omitempty"`
	Timeout   *Duration `json:"Timeout,omitempty"`
	OnFailure *string   `json:"OnFailure,omitempty"`
	// Token may be empty, which ends the signing with it.
	Token *string `json:"Token,omitempty"`
	// SigningSecret may be empty, or "new" for one that is made and answered.
	SigningSecret *string `json:"SigningSecret,omitempty"`
}

// WebhookStatus is how an app's deliveries stand.
type WebhookStatus struct {
	// Summary says it in a sentence.
	Summary string `json:"Summary"`
	URLSet  bool   `json:"URLSet"`
	// Failing is set while the endpoint as a whole fails and is only probed.
	Failing bool `json:"Failing"`
	// FailingOn are the addresses of the nodes for which it fails, where several share
	// the store.
	FailingOn []string `json:"FailingOn,omitempty"`
	// NextProbe is there while Failing.
	NextProbe time.Time `json:"NextProbe,omitzero"`
	// LastSuccess is when it last answered, as far as is known.
	LastSuccess time.Time `json:"LastSuccess,omitzero"`
	// LastReason is why the newest event that is being retried failed.
	LastReason string `json:"LastReason,omitempty"`
	// The counts go up to CountLimit.
	Pending    int `json:"Pending"`
	Parked     int `json:"Parked"`
	Dead       int `json:"Dead"`
	CountLimit int `json:"CountLimit"`
}

// CheckRequest asks to try out an address.
type CheckRequest struct {
	// URL may be left out for the app's own.
	URL string `json:"URL,omitempty"`
}

// CheckAnswer is what came back.
type CheckAnswer struct {
	URL         string   `json:"URL"`
	OK          bool     `json:"OK"`
	Explanation string   `json:"Explanation"`
	Status      int      `json:"Status"`
	Duration    Duration `json:"Duration"`
	Reply       string   `json:"Reply"`
}

// Explanation answers why a webhook did not fire, or what became of it.
type Explanation struct {
	// Verdict is the answer in a sentence.
	Verdict string `json:"Verdict"`
	// Findings are what was looked at, in order.
	Findings []Finding `json:"Findings"`
	// Hints are what to do or to look at next.
	Hints []string `json:"Hints"`
	// Events are the newest ones in question.
	Events []Event `json:"Events"`
}

// Finding is one thing that was looked at.
type Finding struct {
	OK   bool   `json:"OK"`
	Text string `json:"Text"`
}
