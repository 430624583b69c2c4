package chat

import (
	"slices"
	"time"
)

// SDKAppID names an app, the tenant of everything else.
type SDKAppID int64

// App is one tenant: its key, its administrators and its settings. A value that
// others can see is never changed; a change makes a new one.
type App struct {
	SDKAppID  SDKAppID
	SecretKey string
	// Administrators may call the REST API and are never muted.
	Administrators []string
	CreateTime     time.Time
	Settings       Settings
	Webhook        Webhook
}

// IsAdministrator reports whether userID administers the app.
func (a *App) IsAdministrator(userID string) bool {
	return slices.Contains(a.Administrators, userID)
}

// RESTRateDocumented makes each REST command obey the frequency limit that the
// protocol documents for it. Spec: rest-common#3
const RESTRateDocumented = -1

// Settings are the limits and switches of one app. They are in force as soon as
// they are stored.
type Settings struct {
	// BlockedWords are refused in message texts with code 80001.
	BlockedWords []string `json:"blocked_words"`
	// GroupRate is how many messages a second one group takes; 0 means no limit.
	GroupRate int `json:"group_rate"`
	// OfficialRate is how many broadcasts a second one official account sends;
	// 0 means no limit.
	OfficialRate int `json:"official_rate"`
	// OfficialHourly is how many broadcasts an hour one official account sends;
	// 0 means no limit.
	OfficialHourly int `json:"official_hourly"`
	// RESTRate is how many calls a second each REST command takes; 0 means no
	// limit, RESTRateDocumented the protocol's own figures.
	RESTRate int `json:"rest_rate"`
	// MaxWebInstances is how many browsers of one user may be online; 0 means
	// no limit.
	MaxWebInstances int `json:"max_web_instances"`
	// HeadOfLine is how long one failing event may hold up its conversation
	// while the endpoint answers for others.
	HeadOfLine time.Duration `json:"head_of_line"`
	// ReportRefusals lets a refusal by the app's own before-webhook fire
	// Group.CallbackSendMsgException too.
	ReportRefusals bool `json:"report_refusals"`
	// PrivateAddresses lets webhooks go to private and link-local addresses.
	PrivateAddresses bool `json:"private_addresses"`
	// MessageRetention is how long messages are kept; 0 means for ever.
	MessageRetention time.Duration `json:"message_retention"`
	// EventRetention is how long webhook events stay searchable once they have
	// been delivered or given up; 0 means for ever.
	EventRetention time.Duration `json:"event_retention"`
	// AttemptRetention is how long the attempts of an event are kept; 0 means
	// as long as the event.
	AttemptRetention time.Duration `json:"attempt_retention"`
}

// DefaultSettings are those of a new app.
func DefaultSettings() Settings {
	return Settings{
		BlockedWords:     []string{},
		GroupRate:        40,
		OfficialRate:     1,
		OfficialHourly:   0,
		RESTRate:         RESTRateDocumented,
		MaxWebInstances:  1,
		HeadOfLine:       10 * time.Minute,
		ReportRefusals:   true,
		MessageRetention: 0,
		EventRetention:   7 * 24 * time.Hour,
		AttemptRetention: 0,
	}
}

// DeliveryMode says how often an event that cannot be delivered is tried.
type DeliveryMode string

// The delivery modes.
const (
	// ModeRetry delivers at least once: with backoff for 72 hours.
	ModeRetry DeliveryMode = "retry"
	// ModeOnce tries once, as the public cloud does by default.
	ModeOnce DeliveryMode = "once"
)

// FailurePolicy says what happens to a message whose before-webhook failed.
type FailurePolicy string

// The failure policies.
const (
	// AllowOnFailure lets the message pass.
	AllowOnFailure FailurePolicy = "allow"
	// DenyOnFailure refuses it with code 80003.
	DenyOnFailure FailurePolicy = "deny"
)

// Bounds of a webhook's timeout.
const (
	DefaultWebhookTimeout = 2 * time.Second
	MinWebhookTimeout     = 100 * time.Millisecond
	MaxWebhookTimeout     = 10 * time.Second
)

// Webhook is where an app's webhooks go and which of them fire.
type Webhook struct {
	// URL is the one address of the app; empty means that nothing fires.
	URL string `json:"url"`
	// On names the commands that fire.
	On []string `json:"on"`
	// Mode holds for all after-webhooks of the app.
	Mode DeliveryMode `json:"mode"`
	// Token, if set, adds Sign and RequestTime to each call. Spec: webhooks#1.8
	Token string `json:"token"`
	// SigningSecret, if set, adds a signature over the body; form "whsec_" and
	// base64.
	SigningSecret string `json:"signing_secret"`
	// Timeout and OnFailure hold for commands that Commands does not name.
	Timeout   time.Duration `json:"timeout"`
	OnFailure FailurePolicy `json:"on_failure"`
	// Commands are the exceptions, by CallbackCommand.
	Commands map[string]CommandPolicy `json:"commands"`
}

// CommandPolicy is what one webhook command does differently; a zero field
// means as the app.
type CommandPolicy struct {
	Timeout   time.Duration `json:"timeout,omitempty"`
	OnFailure FailurePolicy `json:"on_failure,omitempty"`
}

// DefaultWebhook is that of a new app: no address, nothing on.
func DefaultWebhook() Webhook {
	return Webhook{
		On:        []string{},
		Mode:      ModeRetry,
		Timeout:   DefaultWebhookTimeout,
		OnFailure: AllowOnFailure,
		Commands:  map[string]CommandPolicy{},
	}
}

// Enabled reports whether command fires.
func (w *Webhook) Enabled(command string) bool {
	return w.URL != "" && slices.Contains(w.On, command)
}

// TimeoutOf is how long a call of command may take.
func (w *Webhook) TimeoutOf(command string) time.Duration {
	if p := w.Commands[command]; p.Timeout > 0 {
		return p.Timeout
	}
	return w.Timeout
}

// OnFailureOf is what a failed call of the before-webhook command leads to.
func (w *Webhook) OnFailureOf(command string) FailurePolicy {
	if p := w.Commands[command]; p.OnFailure != "" {
		return p.OnFailure
	}
	return w.OnFailure
}

// Caller is who asks for an operation, as an edge has authenticated him.
type Caller struct {
	App *App
	// UserID is the account that makes the request.
	UserID string
	// Admin is set for administrators of the app who call the REST API.
	Admin    bool
	Platform Platform
	// ClientIP is the address of the request, without port.
	ClientIP string
	// Instance is the login of a client that calls, 0 for the REST API. What the
	// caller caused is not pushed to it.
	Instance int64
}
