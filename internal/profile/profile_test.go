package profile_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/profile"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// fixture is the operations on a database of their own, in an app where alice and bob
// have accounts and bob has alice among his friends.
type fixture struct {
	testing.TB

	app      *chat.App
	profiles *profile.Service
	heard    []event.Event
}

func start(t testing.TB) *fixture {
	t.Helper()
	db := roomtest.OpenStore(t, func() time.Time { return at })
	f := &fixture{TB: t, app: &chat.App{SDKAppID: 1400000001}}
	f.profiles = profile.New(db, f)
	if err := db.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.PutAccounts(t.Context(), f.app.SDKAppID, []chat.AccountUpdate{{UserID: "alice"}, {UserID: "bob"}}); err != nil {
			return err
		}
		return tx.PutFriend(t.Context(), f.app.SDKAppID, "bob", &chat.Friend{UserID: "alice", AddTime: at})
	}); err != nil {
		t.Fatal(err)
	}
	return f
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Ask is not called.
func (f *fixture) Ask(context.Context, *chat.App, event.Event) event.Answer { return event.Answer{} }

// Record keeps what happened.
func (f *fixture) Record(_ *chat.App, happened event.Event) []event.Outgoing {
	f.heard = append(f.heard, happened)
	return nil
}

func (f *fixture) client(userID string) chat.Caller { return chat.Caller{App: f.app, UserID: userID} }

func (f *fixture) get(ids ...string) map[string]*chat.Profile {
	f.Helper()
	found, err := f.profiles.Get(f.Context(), f.client("bob"), ids)
	if err != nil {
		f.Fatal(err)
	}
	return found
}

func TestSet(t *testing.T) {
	t.Parallel()
	f := start(t)
	fields := []chat.Field{
		{Tag: chat.TagNick, Value: "Al"},
		{Tag: chat.TagFaceURL, Value: "https://example.com/a.png"},
		{Tag: chat.TagLevel, Value: int64(0)},
		{Tag: chat.TagSelfSignature, Value: "hi"},
	}
	if err := f.profiles.Set(t.Context(), f.client("alice"), "alice", fields); err != nil {
		t.Fatal(err)
	}
	want := []event.Event{event.ProfileChanged{Caller: f.client("alice"), UserID: "alice", Fields: fields, Friends: []string{"bob"}, At: at}}
	if diff := cmp.Diff(want, f.heard, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("what was heard (-want +got):\n%s", diff)
	}
	if err := f.profiles.Set(t.Context(), f.client("alice"), "alice", []chat.Field{{Tag: chat.TagSelfSignature, Value: ""}, {Tag: chat.TagFaceURL, Value: ""}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]*chat.Profile{
		"alice": {Person: chat.Person{UserID: "alice", Nick: "Al"}, Fields: map[string]any{chat.TagLevel: int64(0)}},
		"bob":   {Person: chat.Person{UserID: "bob"}},
	}, f.get("alice", "bob", "nobody")); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
}

func TestRefusedSet(t *testing.T) {
	t.Parallel()
	admin := chat.Caller{UserID: "administrator", Admin: true}
	nick := []chat.Field{{Tag: chat.TagNick, Value: "Al"}}
	forbid := []chat.Field{{Tag: chat.TagNick, Value: "Al"}, {Tag: chat.TagAdminForbidType, Value: chat.ForbidSendOut}}
	var custom []chat.Field
	for i := range chat.MaxCustomFields + 1 {
		custom = append(custom, chat.Field{Tag: fmt.Sprintf("Tag_Profile_Custom_%d", i), Value: "x"})
	}
	for name, test := range map[string]struct {
		caller chat.Caller
		userID string
		fields []chat.Field
		want   *chat.Error
	}{
		"somebody else's":               {chat.Caller{UserID: "bob"}, "alice", nick, chat.ErrProfileNotPermitted},
		"nobody's":                      {admin, "nobody", nick, chat.ErrProfileAccount},
		"an official account's":         {admin, "@TOA#_news", nick, chat.ErrProfileAccount},
		"nothing":                       {admin, "alice", nil, chat.ErrProfileParameter},
		"too much":                      {admin, "alice", make([]chat.Field, chat.MaxProfileItems+1), chat.ErrProfileParameter},
		"what administrators write":     {chat.Caller{UserID: "alice"}, "alice", forbid, chat.ErrProfileReadOnly},
		"too many custom fields":        {admin, "alice", custom, chat.ErrProfileTag},
		"an administrator may":          {admin, "alice", forbid, nil},
		"as many custom fields as fit":  {admin, "alice", custom[1:], nil},
		"one's own, when one is chosen": {chat.Caller{UserID: "alice"}, "alice", nick, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			test.caller.App = f.app
			err := f.profiles.Set(t.Context(), test.caller, test.userID, test.fields)
			if test.want == nil {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if p := f.get("alice")["alice"]; p.Nick != "" || len(p.Fields) > 0 || len(f.heard) > 0 {
				t.Errorf("something was changed: %v, %v", p, f.heard)
			}
		})
	}
}

func TestGetTooMuch(t *testing.T) {
	t.Parallel()
	f := start(t)
	if _, err := f.profiles.Get(t.Context(), f.client("bob"), make([]string, 101)); !errors.Is(err, chat.ErrProfileParameter) {
		t.Errorf("too many: got %v", err)
	}
	if _, err := f.profiles.Get(t.Context(), f.client("bob"), nil); !errors.Is(err, chat.ErrProfileNoAccount) {
		t.Errorf("none: got %v", err)
	}
}
