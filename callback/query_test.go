package callback_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

// The vector of webhooks section 1.8.
const (
	signToken = "xxxxyyyy"
	signTime  = 1669872112
	signWant  = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"
)

func TestQueryURL(t *testing.T) {
	t.Parallel()
	now := time.Unix(signTime, 999)
	full := callback.Query{
		SDKAppID:    1400000000,
		Command:     callback.CommandGroupAfterSendMsg,
		ClientIP:    "127.0.0.1",
		OptPlatform: callback.PlatformRESTAPI,
		Token:       signToken,
	}
	for name, test := range map[string]struct {
		query    callback.Query
		endpoint string
		want     string
	}{
		"everything": {
			full, "https://app.example/callback",
			"https://app.example/callback?CallbackCommand=Group.CallbackAfterSendMsg&ClientIP=127.0.0.1&OptPlatform=RESTAPI&RequestTime=1669872112&SdkAppid=1400000000&Sign=" + signWant + "&contenttype=json",
		},
		"an iPhone comes online": {
			callback.Query{SDKAppID: 1, Command: callback.CommandStateChange, OptPlatform: callback.PlatformIOS},
			"https://app.example/",
			"https://app.example/?CallbackCommand=State.StateChange&OptPlatform=IOS&SdkAppid=1&contenttype=json",
		},
		"an iPhone sends": {
			callback.Query{SDKAppID: 1, Command: callback.CommandGroupAfterSendMsg, OptPlatform: callback.PlatformIOS},
			"https://app.example/",
			"https://app.example/?CallbackCommand=Group.CallbackAfterSendMsg&OptPlatform=iOS&SdkAppid=1&contenttype=json",
		},
		"nothing": {
			callback.Query{},
			"http://127.0.0.1:8080",
			"http://127.0.0.1:8080?CallbackCommand=&OptPlatform=Unknown&SdkAppid=0&contenttype=json",
		},
		"own parameters stay": {
			callback.Query{SDKAppID: 1, Command: "Parley.Ping"},
			"https://user:pw@app.example/a%2Fb/?token=x%26y&appId=7&appId=8",
			"https://user:pw@app.example/a%2Fb/?CallbackCommand=Parley.Ping&OptPlatform=Unknown&SdkAppid=1&appId=7&appId=8&contenttype=json&token=x%26y",
		},
		"ours win": {
			callback.Query{SDKAppID: 1, Command: "Parley.Ping"},
			"https://app.example/?SdkAppid=2&SdkAppid=3&contenttype=xml&sdkappid=4",
			"https://app.example/?CallbackCommand=Parley.Ping&OptPlatform=Unknown&SdkAppid=1&contenttype=json&sdkappid=4",
		},
		"address of version 6, fragment dropped": {
			callback.Query{SDKAppID: 1, Command: "Parley.Ping", ClientIP: "2001:db8::1"},
			"https://app.example/#top",
			"https://app.example/?CallbackCommand=Parley.Ping&ClientIP=2001%3Adb8%3A%3A1&OptPlatform=Unknown&SdkAppid=1&contenttype=json",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, err := url.Parse(test.endpoint)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.query.URL(endpoint, now).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if got := endpoint.String(); got != test.endpoint {
				t.Errorf("endpoint became %s", got)
			}
		})
	}
}

func TestQueryValuesAreThoseOfURL(t *testing.T) {
	t.Parallel()
	query := callback.Query{SDKAppID: 1, Command: "Parley.Ping", Token: "t"}
	now := time.Unix(signTime, 0)
	got, want := query.Values(now).Encode(), query.URL(&url.URL{}, now).RawQuery
	if got != want {
		t.Errorf("Values %s, URL %s", got, want)
	}
}
