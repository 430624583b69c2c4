package callback

import (
	"net/url"
	"strconv"
	"time"
)

// Platform says through what kind of client something was caused.
//
// Spec: webhooks#1.3
type Platform string

// The platforms of the protocol.
const (
	PlatformRESTAPI Platform = "RESTAPI"
	PlatformWeb     Platform = "Web"
	PlatformAndroid Platform = "Android"
	PlatformIOS     Platform = "iOS"
	PlatformWindows Platform = "Windows"
	PlatformMac     Platform = "Mac"
	PlatformIPad    Platform = "iPad"
	PlatformUnknown Platform = "Unknown"
)

// platformIOSOfState is how the query of a [StateChange] spells [PlatformIOS].
const platformIOSOfState Platform = "IOS"

// The names of query parameters.
const (
	paramSDKAppID    = "SdkAppid"
	paramCommand     = "CallbackCommand"
	paramContentType = "contenttype"
	paramClientIP    = "ClientIP"
	paramOptPlatform = "OptPlatform"
	paramSign        = "Sign"
	paramRequestTime = "RequestTime"
)

// Query is what the server adds to the URL that an app has configured.
//
// Spec: webhooks#1.1
type Query struct {
	SDKAppID int64
	Command  Command

	// ClientIP is the address of the client, or over REST of the caller; left
	// out if empty.
	ClientIP string

	// OptPlatform is the requester's platform; [GroupOnMemberStateChange] has none.
	// Empty is sent as
	// [PlatformUnknown].
	OptPlatform Platform

	// Token is the secret behind Sign. Without it Sign and RequestTime are
	// left out.
	Token string
}

// Values returns the parameters for a request at now.
func (q Query) Values(now time.Time) url.Values {
	values := make(url.Values, 7)
	q.set(values, now)
	return values
}

// URL returns endpoint with the parameters for a request at now. The
// endpoint's own parameters stay, except those of the same names. Receivers
// allow RequestTime to be a minute off, so make a new URL for each attempt.
func (q Query) URL(endpoint *url.URL, now time.Time) *url.URL {
	values := endpoint.Query()
	q.set(values, now)
	u := *endpoint
	u.RawQuery = values.Encode()
	u.Fragment, u.RawFragment = "", ""
	return &u
}

func (q Query) set(values url.Values, now time.Time) {
	values.Set(paramSDKAppID, strconv.FormatInt(q.SDKAppID, 10))
	values.Set(paramCommand, string(q.Command))
	values.Set(paramContentType, "json")
	if q.Token != "" {
		values.Set(paramRequestTime, strconv.FormatInt(now.Unix(), 10))
		values.Set(paramSign, Sign(q.Token, now.Unix()))
	}
	if q.Command == CommandGroupOnMemberStateChange {
		return // it has no client
	}
	if q.ClientIP != "" {
		values.Set(paramClientIP, q.ClientIP)
	}
	if q.OptPlatform == "" {
		q.OptPlatform = PlatformUnknown
	}
	if q.Command == CommandStateChange && q.OptPlatform == PlatformIOS {
		q.OptPlatform = platformIOSOfState
	}
	values.Set(paramOptPlatform, string(q.OptPlatform))
}
