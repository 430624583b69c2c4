package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// now is between two milliseconds, which storage does not know.
var now = time.Date(2026, 3, 1, 12, 0, 0, 123456, time.UTC)

// opened is a registry with its store.
type opened struct {
	testing.TB
	*app.Registry

	file  string
	store store.Store
}

func open(tb testing.TB) *opened {
	tb.Helper()
	o := &opened{TB: tb, file: filepath.Join(tb.TempDir(), "parley.db")}
	o.load()
	tb.Cleanup(func() {
		if err := o.store.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	return o
}

func (o *opened) load() {
	o.Helper()
	s, err := sqlite.Open(o.Context(), o.file, sqlite.Options{Clock: func() time.Time { return now }})
	if err != nil {
		o.Fatal(err)
	}
	o.store = s
	if o.Registry, err = app.Load(o.Context(), s, func() time.Time { return now }); err != nil {
		o.Fatal(err)
	}
}

// reload reads all apps anew, as at the next start.
func (o *opened) reload() {
	o.Helper()
	if err := o.store.Close(); err != nil {
		o.Fatal(err)
	}
	o.load()
}

func (o *opened) create(n app.New) *chat.App {
	o.Helper()
	a, err := o.Create(o.Context(), n)
	if err != nil {
		o.Fatalf("create: %v", err)
	}
	return a
}

func (o *opened) change(id chat.SDKAppID, change func(*chat.App)) *chat.App {
	o.Helper()
	a, err := o.Change(o.Context(), id, func(a *chat.App) error {
		change(a)
		return nil
	})
	if err != nil {
		o.Fatalf("change: %v", err)
	}
	return a
}

// imported reports which accounts of an app exist.
func (o *opened) imported(id chat.SDKAppID, users ...string) map[string]bool {
	o.Helper()
	var found map[string]bool
	if err := o.store.View(o.Context(), func(tx store.Tx) (err error) {
		found, err = tx.AccountsExisting(o.Context(), id, users)
		return err
	}); err != nil {
		o.Fatal(err)
	}
	return found
}

func equal[T any](tb testing.TB, what string, got, want T) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.create(app.New{})
	if first.SDKAppID != 1400000001 || len(first.SecretKey) != 64 || !slices.Equal(first.Administrators, []string{"administrator"}) {
		t.Errorf("the first app is %+v", first)
	}
	second := o.create(app.New{SDKAppID: 1400000002, SecretKey: "12345678", Administrators: []string{"a", "b"}})
	third := o.create(app.New{})
	if third.SDKAppID != 1400000003 || third.SecretKey == first.SecretKey {
		t.Errorf("the third app is %+v", third)
	}
	if _, err := o.Create(t.Context(), app.New{SDKAppID: first.SDKAppID}); !errors.Is(err, app.ErrExists) {
		t.Errorf("an app that exists: got %v, want ErrExists", err)
	}
	equal(t, "its administrators' accounts", o.imported(second.SDKAppID, "a", "b", "administrator"), map[string]bool{"a": true, "b": true})
	equal(t, "all apps", o.List(), []*chat.App{first, second, third})
	if got := o.Get(99); got != nil {
		t.Errorf("an app that does not exist: got %+v", got)
	}
	want := o.List()
	o.reload()
	equal(t, "all apps after a restart", o.List(), want)
}

func TestCreateKeepsNothingOfTheCaller(t *testing.T) {
	t.Parallel()
	o := open(t)
	admins := []string{"a", "b"}
	a := o.create(app.New{Administrators: admins})
	admins[0] = "somebody else"
	equal(t, "administrators", o.Get(a.SDKAppID).Administrators, []string{"a", "b"})
}

func TestChange(t *testing.T) {
	t.Parallel()
	o := open(t)
	var heard []chat.SDKAppID
	o.OnChange(func(id chat.SDKAppID) { heard = append(heard, id) })
	before := o.create(app.New{})
	copied := *before
	id := before.SDKAppID
	var kept *chat.App
	after := o.change(id, func(a *chat.App) {
		kept = a
		a.Webhook.URL, a.Webhook.On = "https://app.example/callback?x=1", append(a.Webhook.On, "Group.CallbackAfterSendMsg")
		a.Webhook.Commands["Group.CallbackBeforeSendMsg"] = chat.CommandPolicy{Timeout: time.Second}
		a.Administrators = append(a.Administrators, "second")
		a.Settings.BlockedWords = []string{"word"}
	})
	kept.Webhook.On[0], kept.Administrators[0] = "x", "x"
	kept.Webhook.Commands["x"] = chat.CommandPolicy{}
	if o.Get(id) != after || after.Webhook.On[0] != "Group.CallbackAfterSendMsg" || len(after.Webhook.Commands) != 1 || after.Administrators[0] != "administrator" {
		t.Errorf("the app is %+v", o.Get(id))
	}
	equal(t, "what others hold", before, &copied)
	equal(t, "the accounts of administrators", o.imported(id, "administrator", "second"), map[string]bool{"administrator": true, "second": true})
	equal(t, "who hears of it", heard, []chat.SDKAppID{id})
	o.reload()
	equal(t, "the app after a restart", o.Get(id), after)
}

func TestChangeKeepsIdentity(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := o.create(app.New{SDKAppID: 7})
	a := o.create(app.New{})
	got := o.change(a.SDKAppID, func(a *chat.App) {
		a.SDKAppID, a.SecretKey, a.CreateTime = 7, "another key", time.Time{}
		a.Settings.GroupRate = 5
		a.Webhook.On, a.Webhook.Commands = nil, nil
	})
	want := *a
	want.Settings.GroupRate = 5
	equal(t, "the app", got, &want)
	equal(t, "the other app", o.Get(7), other)
	o.reload()
	equal(t, "the app after a restart", o.Get(a.SDKAppID), &want)
	equal(t, "the other app after a restart", o.Get(7), other)
}

func TestChangeFails(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.OnChange(func(chat.SDKAppID) { t.Error("somebody hears of it") })
	a := o.create(app.New{})
	unwanted := errors.New("unwanted")
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, test := range map[string]struct {
		ctx    context.Context //nolint:containedctx // what is tested
		id     chat.SDKAppID
		change func(*chat.App) error
		want   error
	}{
		"no such app":      {t.Context(), 99, func(*chat.App) error { return nil }, app.ErrNotFound},
		"refused change":   {t.Context(), a.SDKAppID, func(a *chat.App) error { a.Settings.GroupRate = 1; return unwanted }, unwanted},
		"caller has left":  {left, a.SDKAppID, func(a *chat.App) error { a.Settings.GroupRate = 2; return nil }, context.Canceled},
		"invalid settings": {t.Context(), a.SDKAppID, func(a *chat.App) error { a.Settings.GroupRate = -1; return nil }, &app.InvalidError{Setting: "group-rate", Reason: "must be from 0 to 1000000"}},
	} {
		_, err := o.Change(test.ctx, test.id, test.change)
		if !errors.Is(err, test.want) && (err == nil || err.Error() != test.want.Error()) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if o.Get(a.SDKAppID) != a {
		t.Error("the app has changed")
	}
	o.reload()
	equal(t, "the app after a restart", o.Get(a.SDKAppID), a)
}

func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.create(app.New{})
	var changing sync.WaitGroup
	const many = 50
	for range many {
		changing.Go(func() { o.change(a.SDKAppID, func(a *chat.App) { a.Settings.GroupRate++ }) })
		changing.Go(func() {
			if o.Get(a.SDKAppID).Settings.GroupRate < a.Settings.GroupRate || len(o.List()) == 0 {
				t.Error("an old app came back")
			}
		})
		changing.Go(func() { o.create(app.New{}) })
	}
	changing.Wait()
	if got, want := o.Get(a.SDKAppID).Settings.GroupRate, a.Settings.GroupRate+many; got != want {
		t.Errorf("after %d changes the rate is %d, want %d", many, got, want)
	}
	if got := len(o.List()); got != many+1 {
		t.Errorf("there are %d apps, want %d", got, many+1)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	o := open(t)
	a := o.create(app.New{})
	for name, test := range map[string]struct {
		change  func(*chat.App)
		setting string // that is wrong; "" if none is
	}{
		"as created":                      {func(*chat.App) {}, ""},
		"no administrator":                {func(a *chat.App) { a.Administrators = nil }, "admins"},
		"too many administrators":         {func(a *chat.App) { a.Administrators = slices.Repeat([]string{"a"}, 101) }, "admins"},
		"administrator without a name":    {func(a *chat.App) { a.Administrators = []string{""} }, "admins"},
		"administrator with a group's ID": {func(a *chat.App) { a.Administrators = []string{"@TGS#1"} }, "admins"},
		"no limits":                       {func(a *chat.App) { a.Settings.GroupRate, a.Settings.OfficialRate, a.Settings.RESTRate = 0, 0, 0 }, ""},
		"documented REST rate":            {func(a *chat.App) { a.Settings.RESTRate = chat.RESTRateDocumented }, ""},
		"negative REST rate":              {func(a *chat.App) { a.Settings.RESTRate = -2 }, "rest-rate"},
		"negative rate":                   {func(a *chat.App) { a.Settings.OfficialRate = -1 }, "official-rate"},
		"negative hourly rate":            {func(a *chat.App) { a.Settings.OfficialHourly = -1 }, "official-hourly"},
		"huge rate":                       {func(a *chat.App) { a.Settings.GroupRate = 1_000_001 }, "group-rate"},
		"any number of browsers":          {func(a *chat.App) { a.Settings.MaxWebInstances = 0 }, ""},
		"negative number of browsers":     {func(a *chat.App) { a.Settings.MaxWebInstances = -1 }, "max-web-instances"},
		"negative head of line":           {func(a *chat.App) { a.Settings.HeadOfLine = -1 }, "head-of-line"},
		"no head of line":                 {func(a *chat.App) { a.Settings.HeadOfLine = 0 }, ""},
		"negative retention":              {func(a *chat.App) { a.Settings.MessageRetention = -1 }, "message-retention"},
		"negative retention of events":    {func(a *chat.App) { a.Settings.EventRetention = -1 }, "event-retention"},
		"negative retention of attempts":  {func(a *chat.App) { a.Settings.AttemptRetention = -1 }, "attempt-retention"},
		"empty blocked word":              {func(a *chat.App) { a.Settings.BlockedWords = []string{""} }, "blocked-words"},
		"URL with a query":                {func(a *chat.App) { a.Webhook.URL = "http://127.0.0.1:8080/a?token=x" }, ""},
		"URL of another scheme":           {func(a *chat.App) { a.Webhook.URL = "ftp://app.example" }, "url"},
		"URL without host":                {func(a *chat.App) { a.Webhook.URL = "https:///x" }, "url"},
		"unknown mode":                    {func(a *chat.App) { a.Webhook.Mode = "twice" }, "mode"},
		"once":                            {func(a *chat.App) { a.Webhook.Mode = chat.ModeOnce }, ""},
		"long token":                      {func(a *chat.App) { a.Webhook.Token = strings.Repeat("x", 256) }, ""},
		"token too long":                  {func(a *chat.App) { a.Webhook.Token = strings.Repeat("x", 257) }, "token"},
		"signing secret":                  {func(a *chat.App) { a.Webhook.SigningSecret = "whsec_c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU=" }, ""},
		"short signing secret":            {func(a *chat.App) { a.Webhook.SigningSecret = "whsec_c2VjcmV0" }, "signing-secret"},
		"no timeout":                      {func(a *chat.App) { a.Webhook.Timeout = 0 }, "timeout"},
		"shortest timeout":                {func(a *chat.App) { a.Webhook.Timeout = 100 * time.Millisecond }, ""},
		"longest timeout":                 {func(a *chat.App) { a.Webhook.Timeout = 10 * time.Second }, ""},
		"timeout too long":                {func(a *chat.App) { a.Webhook.Timeout = 10*time.Second + 1 }, "timeout"},
		"unknown policy":                  {func(a *chat.App) { a.Webhook.OnFailure = "perhaps" }, "on-failure"},
		"switch of an unknown command":    {func(a *chat.App) { a.Webhook.On = []string{"Group.CallbackAfterMsgModify"} }, "on"},
		"switch of what always fires":     {func(a *chat.App) { a.Webhook.On = []string{"Parley.Ping"} }, "on"},
		"settings of an unknown command":  {func(a *chat.App) { a.Webhook.Commands["x"] = chat.CommandPolicy{} }, "command"},
		"settings of a command": {func(a *chat.App) {
			a.Webhook.Commands["Group.CallbackBeforeSendMsg"] = chat.CommandPolicy{OnFailure: chat.DenyOnFailure}
		}, ""},
		"a command's timeout too short": {func(a *chat.App) { a.Webhook.Commands["Group.CallbackBeforeSendMsg"] = chat.CommandPolicy{Timeout: 1} }, "timeout of Group.CallbackBeforeSendMsg"},
		"a command's unknown policy": {func(a *chat.App) {
			a.Webhook.Commands["Group.CallbackBeforeSendMsg"] = chat.CommandPolicy{OnFailure: "x"}
		}, "on-failure of Group.CallbackBeforeSendMsg"},
		"secrets are not in what is wrong": {func(a *chat.App) { a.Webhook.SigningSecret = "whsec_not base64" }, "signing-secret"},
	} {
		_, err := o.Change(t.Context(), a.SDKAppID, func(a *chat.App) error { test.change(a); return nil })
		invalid, _ := errors.AsType[*app.InvalidError](err)
		switch {
		case test.setting == "" && err != nil:
			t.Errorf("%s: got %v, want it accepted", name, err)
		case test.setting != "" && (invalid == nil || invalid.Setting != test.setting || invalid.Reason == ""):
			t.Errorf("%s: got %v, want %s to be wrong", name, err, test.setting)
		case err != nil && strings.Contains(err.Error(), "not base64"):
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
	for name, n := range map[string]app.New{
		"negative ID":       {SDKAppID: -1},
		"short key":         {SecretKey: "1234567"},
		"long key":          {SecretKey: strings.Repeat("x", 257)},
		"bad administrator": {Administrators: []string{"\n"}},
	} {
		if _, err := o.Create(t.Context(), n); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
