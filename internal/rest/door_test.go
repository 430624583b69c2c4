package rest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/rest"
	"github.com/parley-im/parley/usersig"
)

// TestDoor: who may come in.
func TestDoor(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.receive("Group.CallbackSendMsgException")
	f.put(&chat.App{SDKAppID: 1400000002, SecretKey: "the key of another app", Administrators: []string{admin}, Settings: chat.DefaultSettings()})
	generate := func(key string, c usersig.Claims) string {
		t.Helper()
		sig, err := usersig.Generate(key, c)
		f.must(err)
		return sig
	}
	claims := usersig.Claims{SDKAppID: int64(appID), UserID: admin, IssuedAt: f.clock.Now(), Expire: time.Hour}
	with := func(change func(c *usersig.Claims)) string {
		c := claims
		change(&c)
		return generate(secret, c)
	}
	set := func(name, value string) func(url.Values) { return func(q url.Values) { q.Set(name, value) } }
	drop := func(name string) func(url.Values) { return func(q url.Values) { q.Del(name) } }
	for _, tt := range []struct {
		name string
		call func(q url.Values)
		want int
	}{
		{"administrator", func(url.Values) {}, 0},
		{"another administrator", func(q url.Values) { q.Set("identifier", "helper"); q.Set("usersig", f.sign("helper")) }, 0},
		{"no random", drop("random"), 0},
		{"no contenttype", drop("contenttype"), 0},
		{"parameters that nobody knows", set("new", "1"), 0},

		{"no sdkappid", drop("sdkappid"), 60012},
		{"empty sdkappid", set("sdkappid", ""), 60012},
		{"sdkappid in capitals", func(q url.Values) { q.Set("SdkAppid", q.Get("sdkappid")); q.Del("sdkappid") }, 60012},
		{"sdkappid that is no number", set("sdkappid", "app"), 60006},
		{"negative sdkappid", set("sdkappid", "-1"), 60006},
		{"sdkappid 0", set("sdkappid", "0"), 60006},
		{"sdkappid with a fraction", set("sdkappid", "1.5"), 60006},
		{"sdkappid beyond all numbers", set("sdkappid", "99999999999999999999"), 60006},
		{"unknown sdkappid", set("sdkappid", "1400000009"), 70020},
		{"no identifier", drop("identifier"), 60004},
		{"no usersig", drop("usersig"), 60005},
		{"empty usersig", set("usersig", ""), 60005},
		{"another contenttype", set("contenttype", "xml"), 60025},
		{"usersig of garbage", set("usersig", "garbage"), 70003},
		{"half a usersig", func(q url.Values) { q.Set("usersig", q.Get("usersig")[:80]) }, 70003},
		{"megabyte of a usersig", set("usersig", strings.Repeat("x", 20000)), 70003},
		{"expired usersig", set("usersig", with(func(c *usersig.Claims) { c.IssuedAt = c.IssuedAt.Add(-2 * time.Hour) })), 70001},
		{"usersig with another key", set("usersig", generate("another key", claims)), 70009},
		{"usersig of another user", set("usersig", f.sign("helper")), 70013},
		{"usersig of another app", set("usersig", with(func(c *usersig.Claims) { c.SDKAppID++ })), 70014},
		{"usersig of another app for that app", func(q url.Values) {
			q.Set("sdkappid", "1400000002")
			q.Set("usersig", with(func(c *usersig.Claims) { c.SDKAppID++ }))
		}, 70009},
		{"usersig of the future", set("usersig", with(func(c *usersig.Claims) { c.IssuedAt = c.IssuedAt.Add(time.Hour) })), 0},
		{"usersig with userbuf", set("usersig", with(func(c *usersig.Claims) { c.UserBuf = []byte("abc") })), 0},
		{"no administrator", func(q url.Values) { q.Set("identifier", "alice"); q.Set("usersig", f.sign("alice")) }, 60010},
		{"nobody", func(q url.Values) { q.Set("identifier", "nobody"); q.Set("usersig", f.sign("nobody")) }, 60010},

		{"everything is wrong", func(q url.Values) {
			for name := range q {
				q.Del(name)
			}
			q.Set("contenttype", "xml")
		}, 60012},
		{"expired and with another key", set("usersig", generate("another key", usersig.Claims{
			SDKAppID: int64(appID), UserID: admin, IssuedAt: f.clock.Now().Add(-2 * time.Hour), Expire: time.Hour,
		})), 70001},
	} {
		q := f.query()
		tt.call(q)
		// The body is wrong too, which nobody gets to see at the door.
		a := f.post("/v4/group_open_http_svc/send_group_msg", q, []byte(`{"GroupId":1}`))
		if tt.want == 0 {
			tt.want = 10004
		}
		if a.ErrorCode != tt.want {
			t.Errorf("%s: got %d %s, want %d", tt.name, a.ErrorCode, a.ErrorInfo, tt.want)
		}
	}
	passed := 0
	for _, e := range f.outbox("Group.CallbackSendMsgException") {
		if !strings.Contains(string(e.Body), `"ErrorCode":10004`) {
			t.Errorf("an event of the door: %s", e.Body)
		}
		passed++
	}
	equal(f, "events", passed, 7)
}

// TestRememberedSignature: a UserSig that was verified before is not believed
// for ever.
func TestRememberedSignature(t *testing.T) {
	t.Parallel()
	f := start(t)
	q := f.query()
	check := func(name string, want int) {
		t.Helper()
		if a := f.post("/v4/im_open_login_svc/account_check", q, []byte(`{"CheckItem":[{"UserID":"x"}]}`)); a.ErrorCode != want {
			t.Errorf("%s: got %d, want %d", name, a.ErrorCode, want)
		}
	}
	check("at first", 0)
	check("again", 0)
	f.change(func(a *chat.App) { a.SecretKey = "a new key" })
	check("after the key has changed", 70009)
	f.change(func(a *chat.App) { a.SecretKey = secret })
	check("with the old key", 0)
	f.change(func(a *chat.App) { a.Administrators = []string{"helper"} })
	check("when he is no administrator", 60010)
	f.change(func(a *chat.App) { a.Administrators = []string{admin} })
	q.Set("identifier", "helper")
	check("as somebody else", 70013)
	q.Set("identifier", admin)
	f.clock.Advance(time.Hour)
	check("at its last second", 0)
	f.clock.Advance(time.Second)
	check("when it has expired", 70001)
}

// TestAddresses: what is no call of a command.
func TestAddresses(t *testing.T) {
	t.Parallel()
	f := start(t)
	const command = "/v4/im_open_login_svc/account_check"
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPost, command, 0},
		{http.MethodGet, command, 60002},
		{http.MethodPut, command, 60002},
		{http.MethodDelete, command, 60002},
		{http.MethodPatch, command, 60002},
		{http.MethodGet, "/v4/no_svc/no_command", 60002},
		{http.MethodPost, "/v4/no_svc/account_check", 60009},
		{http.MethodPost, "/v4/im_open_login_svc/no_command", 60009},
		{http.MethodPost, "/v4/im_open_login_svc/Account_Check", 60009},
		{http.MethodPost, "/v4/im_open_login_svc/send_group_msg", 60009},
		{http.MethodPost, "/v4/im_open_login_svc/account_check%2Fx", 60009},
		{http.MethodPost, "/v4/im_open_login_svc/account_check/", 60002},
		{http.MethodPost, "/v4/im_open_login_svc/account_check/more", 60002},
		{http.MethodPost, "/v4/im_open_login_svc", 60002},
		{http.MethodPost, "/v4/", 60002},
		{http.MethodPost, "/v4", 60002},
		{http.MethodPost, "/" + command, 0},
		{http.MethodPost, "//v4///im_open_login_svc//account_check", 0},
		{http.MethodPost, "/x/.." + command, 0},
		{http.MethodPost, command + "//", 0},
		{http.MethodPost, command + "/..", 60002},
		{http.MethodPost, "//v4//", 60002},
	} {
		request, err := http.NewRequestWithContext(t.Context(), tt.method, f.server.URL+tt.path+"?"+f.query().Encode(), strings.NewReader(`{"CheckItem":[{"UserID":"x"}]}`))
		f.must(err)
		a := f.do(request)
		if a.ErrorCode != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.method, tt.path, a.ErrorCode, tt.want)
		}
		if want := "HTTP parse Error"; tt.want == 60002 && a.ErrorInfo != want {
			t.Errorf("%s %s: text %q, want %q", tt.method, tt.path, a.ErrorInfo, want)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "X-Requested-With", "Access-Control-Allow-Methods": "POST",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", tt.method, tt.path, name, got)
			}
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+command+"?sdkappid=%zz", strings.NewReader(`{}`))
	f.must(err)
	if a := f.do(request); a.ErrorCode != 60002 {
		t.Errorf("malformed query: got %d", a.ErrorCode)
	}
	for _, path := range []string{command, "/v4/no_svc/no_command", "/v4/x", "/v4/"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, f.server.URL+path, nil)
		f.must(err)
		response, err := http.DefaultTransport.RoundTrip(request)
		f.must(err)
		if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK || response.ContentLength != 0 ||
			response.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("OPTIONS %s: %d, %d bytes, %v", path, response.StatusCode, response.ContentLength, response.Header)
		}
	}
}

// TestBodies: what is no request whatever the command.
func TestBodies(t *testing.T) {
	t.Parallel()
	f := start(t)
	// A list that is empty is refused by each service with a code of its own, so
	// that one sees who judged.
	parameter := map[string]int{api.AccountService: 70402, api.GroupService: 10004, api.OfficialService: 6017}
	for _, c := range rest.Table(nil, nil, nil) {
		if c.Name != "account_check" && c.Name != "send_group_msg" && c.Name != "get_official_account_info" {
			continue
		}
		for _, tt := range []struct {
			name, body string
			want       int
		}{
			{"empty object", `{}`, parameter[c.Service]},
			{"white space", " {\r\n\t} \n", parameter[c.Service]},
			{"field that nobody knows", `{"New":{"x":[1]}}`, parameter[c.Service]},
			{"as long as may be", `{"x":"` + strings.Repeat("x", maxBody-8) + `"}`, parameter[c.Service]},
			{"too long", `{"x":"` + strings.Repeat("x", maxBody-7) + `"}`, 60003},
			{"much too long", strings.Repeat(" ", 2*maxBody) + `{}`, 60003},
			{"nothing", ``, 60003},
			{"white space only", `  `, 60003},
			{"null", `null`, 60003},
			{"array", `[{}]`, 60003},
			{"string", `"{}"`, 60003},
			{"number", `1`, 60003},
			{"half an object", `{"GroupId":"g"`, 60003},
			{"two objects", `{}{}`, 60003},
			{"text behind it", `{} x`, 60003},
			{"form", `GroupId=g`, 60003},
			{"trailing comma", `{"GroupId":"g",}`, 60003},
			{"not UTF-8", "{\"GroupId\":\"\xff\"}", 60003},
			{"not UTF-8 where nobody looks", "{\"x\":\"\xc0\x80\"}", 60003},
			{"byte order mark", "\ufeff{}", 60003},
			{"deep", `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 60003},
		} {
			if len(tt.body) >= maxBody && c.Name != "send_group_msg" {
				continue // once is enough
			}
			a := f.post("/v4/"+c.Path(), f.query(), []byte(tt.body))
			if a.ErrorCode != tt.want {
				t.Errorf("%s, %s: got %d %s, want %d", c.Name, tt.name, a.ErrorCode, a.ErrorInfo, tt.want)
			}
		}
	}
	// The header of the request means nothing.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+"/v4/im_open_login_svc/account_check?"+f.query().Encode(),
		strings.NewReader(`{"CheckItem":[{"UserID":"x"}]}`))
	f.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := f.do(request); a.ErrorCode != 0 {
		t.Errorf("with the header of a form: got %d", a.ErrorCode)
	}
	// A body of unknown length is read all the same.
	request, err = http.NewRequestWithContext(t.Context(), http.MethodPost, f.server.URL+"/v4/im_open_login_svc/account_check?"+f.query().Encode(),
		struct{ *bytes.Reader }{bytes.NewReader([]byte(`{"CheckItem":[{"UserID":"x"}]}`))})
	f.must(err)
	request.ContentLength = -1
	if a := f.do(request); a.ErrorCode != 0 {
		t.Errorf("in chunks: got %d", a.ErrorCode)
	}
}

// TestCommandFrequency: HTTP 200 even for those who call too often.
func TestCommandFrequency(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.RESTRate = chat.RESTRateDocumented })
	for command, rate := range map[string]int{"account_check": 100, "account_delete": 100, "multiaccount_import": 100, "account_import": 200, "send_group_msg": 200} {
		for i := range rate + 2 {
			want := 60007
			if i < rate {
				want = map[bool]int{true: 10004, false: 70402}[command == "send_group_msg"]
			}
			if a := f.recorded(command, `{}`); a.ErrorCode != want {
				t.Fatalf("call %d of %s: got %d, want %d", i+1, command, a.ErrorCode, want)
			}
		}
		// Who calls too often need not send a body either.
		if a := f.recorded(command, `{`); a.ErrorCode != 60007 {
			t.Errorf("%s with half a body: got %d", command, a.ErrorCode)
		}
	}
	equal(f, "events of calls that are too frequent", len(f.outbox("")), 0)
	f.clock.Advance(time.Second)
	f.code("in the next second", "account_check", `{"CheckItem":[{"UserID":"x"}]}`, 0)
	f.change(func(a *chat.App) { a.Settings.RESTRate = 1 })
	f.code("with a limit of the app", "account_check", `{"CheckItem":[{"UserID":"x"}]}`, 60007)
	f.change(func(a *chat.App) { a.Settings.RESTRate = 0 })
	f.code("without a limit", "account_check", `{"CheckItem":[{"UserID":"x"}]}`, 0)
}

// recorded is call without a network.
func (f *fixture) recorded(command, body string) answer {
	f.Helper()
	request := httptest.NewRequestWithContext(f.Context(), http.MethodPost, "/v4/"+path(command)+"?"+f.query().Encode(), strings.NewReader(body))
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, request)
	return f.check(command, w.Code, w.Header(), w.Body.Bytes())
}

// TestClientIP: proxies are believed as far as they are trusted.
func TestClientIP(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.receive("Group.CallbackSendMsgException")
	for i, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"direct", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"direct, IPv6", "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"IPv4 within IPv6", "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"with a zone", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"stranger who says he is a proxy", "192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"proxy", "10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy that says nothing", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"client that lies to the proxy", "10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:1234", []string{"203.0.113.9,198.51.100.7 , 10.0.0.2"}, "198.51.100.7"},
		{"two headers", "10.0.0.1:1234", []string{"198.51.100.7", "10.0.0.2"}, "198.51.100.7"},
		{"proxies only", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"garbage", "10.0.0.1:1234", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"empty", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"client with IPv6", "10.0.0.1:1234", []string{"2001:db8::7"}, "2001:db8::7"},
		{"client with IPv4 within IPv6", "10.0.0.1:1234", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"no peer", "pipe", nil, ""},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v4/group_open_http_svc/send_group_msg?"+f.query().Encode(), strings.NewReader(`{}`))
		request.RemoteAddr = tt.peer
		request.Header["X-Forwarded-For"] = tt.forwarded
		f.handler.ServeHTTP(httptest.NewRecorder(), request)
		events := f.outbox("Group.CallbackSendMsgException")
		if len(events) != i+1 {
			t.Fatalf("%s: %d events", tt.name, len(events))
		}
		if got := events[i].ClientIP; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		equal(f, tt.name+": platform", events[i].Platform, chat.PlatformREST)
	}
}

// TestFailuresAreLogged: what is the operator's business stands in the log, and
// no secret does.
func TestFailuresAreLogged(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Public")
	f.code("what a caller does wrong", "send_group_msg", `{}`, 10004)
	f.code("no JSON", "send_group_msg", `{`, 60003)
	equal(f, "log", f.log.String(), "")
	f.must(f.store.Close())
	body := fmt.Sprintf(`{"GroupId":"g","Random":1,"MsgBody":%s}`, f.text("hello"))
	a := f.code("when the store is closed", "send_group_msg", body, 10002)
	if strings.Contains(a.ErrorInfo, "closed") || !strings.Contains(a.ErrorInfo, "shutting down") {
		t.Errorf("the caller is told %q", a.ErrorInfo)
	}
	f.code("accounts", "account_check", `{"CheckItem":[{"UserID":"x"}]}`, 70500)
	f.code("official accounts", "destroy_official_account", `{"Official_Account":"x"}`, 20005)
	log := f.log.String()
	for _, part := range []string{"command=group_open_http_svc/send_group_msg", "sdkappid=1400000001", "code=10002", "store is closed"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log has no %s:\n%s", part, log)
		}
	}
	if strings.Contains(log, f.sign(admin)) || strings.Contains(log, "usersig") {
		t.Errorf("the log has a UserSig:\n%s", log)
	}
}
