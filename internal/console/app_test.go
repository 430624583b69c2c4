package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/console/client"
)

// freshApp is the app of the tests as it is after its creation.
func freshApp() client.App {
	return client.App{
		SDKAppID: theApp, SecretKey: "the secret key", Administrators: []string{"administrator"},
		CreateTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), BlockedWords: []string{}, GroupRate: 40, MaxWebInstances: 1, OfficialRate: 1,
		RESTRate: client.RESTRateDocumented, HeadOfLine: client.Duration(10 * time.Minute), ReportRefusals: true,
		EventRetention: client.Duration(7 * 24 * time.Hour),
	}
}

func TestGetApp(t *testing.T) {
	t.Parallel()
	f := start(t)
	if diff := cmp.Diff(ok(f.api.GetApp(t.Context(), theApp))(t), freshApp()); diff != "" {
		t.Errorf("app (-got +want):\n%s", diff)
	}
	f.refusedWith(http.MethodGet, "/apps/7", "", http.StatusNotFound, "", "no such app with the SDKAppID 7")
	f.refusedWith(http.MethodGet, "/apps/seven", "", http.StatusBadRequest, "sdkappid", `"seven" is no SDKAppID`)
}

func TestListAppsHidesKeys(t *testing.T) {
	t.Parallel()
	f := start(t)
	want := freshApp()
	want.SecretKey = ""
	if diff := cmp.Diff(ok(f.api.ListApps(t.Context()))(t), []client.App{want}); diff != "" {
		t.Errorf("apps (-got +want):\n%s", diff)
	}
}

func TestCreateApp(t *testing.T) {
	t.Parallel()
	f := start(t)
	chosen := ok(f.api.CreateApp(t.Context(), client.NewApp{}))(t)
	if chosen.SDKAppID == theApp || len(chosen.SecretKey) < 32 {
		t.Errorf("chosen by the server: got %d with key %q", chosen.SDKAppID, chosen.SecretKey)
	}
	given := ok(f.api.CreateApp(t.Context(), client.NewApp{SDKAppID: 42, SecretKey: "12345678", Administrators: []string{"a", "b"}}))(t)
	want := freshApp()
	want.SDKAppID, want.SecretKey, want.Administrators = 42, "12345678", []string{"a", "b"}
	if diff := cmp.Diff(given, want); diff != "" {
		t.Errorf("given (-got +want):\n%s", diff)
	}
	if status, _ := f.request(http.MethodPost, "/apps", `{"SDKAppID":43}`); status != http.StatusCreated {
		t.Errorf("got %d, want 201", status)
	}

	const post = http.MethodPost
	f.refusedWith(post, "/apps", `{"SDKAppID":42}`, http.StatusConflict, "sdkappid", "exists already")
	f.refusedWith(post, "/apps", `{"SDKAppID":-1}`, http.StatusBadRequest, "sdkappid", "must be positive")
	f.refusedWith(post, "/apps", `{"SecretKey":"short"}`, http.StatusBadRequest, "secret", "8 to 256")
	f.refusedWith(post, "/apps", `{"Secret":"12345678"}`, http.StatusBadRequest, "", `unknown field "Secret"`)
	f.refusedWith(post, "/apps", ``, http.StatusBadRequest, "", "must be a JSON object")
	f.refusedWith(post, "/apps", `[]`, http.StatusBadRequest, "", "must be a JSON object")
	f.refusedWith(post, "/apps", `{} {}`, http.StatusBadRequest, "", "something follows")
	f.refusedWith(post, "/apps", `{"SecretKey":"`+strings.Repeat("x", maxBody)+`"}`, http.StatusRequestEntityTooLarge, "", "larger than 1048576 bytes")
}

func TestUpdateAppChangesOnlyWhatIsGiven(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := ok(f.api.UpdateApp(t.Context(), theApp, client.AppChange{
		BlockedWords: &[]string{"casino"}, RESTRate: new(client.RESTRate(200)), HeadOfLine: new(client.Duration(time.Minute)), ReportRefusals: new(false),
	}))(t)
	want := freshApp()
	want.SecretKey = ""
	want.BlockedWords, want.RESTRate, want.HeadOfLine, want.ReportRefusals = []string{"casino"}, 200, client.Duration(time.Minute), false
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("first change (-got +want):\n%s", diff)
	}

	got = ok(f.api.UpdateApp(t.Context(), theApp, client.AppChange{
		Administrators: &[]string{"boss"}, BlockedWords: &[]string{}, GroupRate: new(0), MaxWebInstances: new(3), OfficialRate: new(5),
		OfficialHourly: new(2), PrivateAddresses: new(true), MessageRetention: new(client.Duration(time.Hour)),
		EventRetention: new(client.Duration(0)), AttemptRetention: new(client.Duration(time.Minute)),
	}))(t)
	want.Administrators, want.BlockedWords, want.GroupRate, want.MaxWebInstances, want.OfficialRate = []string{"boss"}, []string{}, 0, 3, 5
	want.OfficialHourly, want.PrivateAddresses, want.MessageRetention = 2, true, client.Duration(time.Hour)
	want.EventRetention, want.AttemptRetention = 0, client.Duration(time.Minute)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("second change (-got +want):\n%s", diff)
	}
}

func TestUpdateAppRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	tests := []struct{ body, setting, words string }{
		{`{"GroupRate":-1}`, "group-rate", "must be from 0"},
		{`{"RESTRate":"fast"}`, "", "neither the word documented nor a number"},
		{`{"HeadOfLine":"soon"}`, "", "is no duration"},
		{`{"SecretKey":"another key"}`, "", `unknown field "SecretKey"`},
		{`{"GroupRate":"40"}`, "", "cannot unmarshal string"},
	}
	for _, test := range tests {
		f.refusedWith(http.MethodPatch, appPath(""), test.body, http.StatusBadRequest, test.setting, test.words)
	}
	f.refusedWith(http.MethodPatch, "/apps/7", `{}`, http.StatusNotFound, "", "no such app")
	if diff := cmp.Diff(ok(f.api.GetApp(t.Context(), theApp))(t), freshApp()); diff != "" {
		t.Errorf("a refused change changed the app (-got +want):\n%s", diff)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	f := start(t)
	server := ok(f.api.Server(t.Context()))(t)
	if server.Version != "v1.2.3" || len(server.Commands) != len(f.console.Webhooks.Commands()) {
		t.Errorf("got %+v", server)
	}
}
