package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

const admin = "administrator"

func start(t *testing.T) (*account.Service, store.Store, chat.Caller) {
	t.Helper()
	db := roomtest.OpenStore(t, time.Now)
	app := &chat.App{SDKAppID: 1400000001, Administrators: []string{admin}}
	s, caller := account.New(db), chat.Caller{App: app, UserID: admin, Admin: true, Platform: chat.PlatformREST}
	if err := s.Import(t.Context(), caller, chat.AccountUpdate{UserID: admin}); err != nil {
		t.Fatal(err)
	}
	return s, db, caller
}

// code is 0 for no refusal.
func code(err error) int {
	if err == nil {
		return 0
	}
	return chat.AsError(err).Code
}

func TestImport(t *testing.T) {
	t.Parallel()
	s, _, caller := start(t)
	for _, tt := range []struct {
		name    string
		account chat.AccountUpdate
		want    int
	}{
		{"least", chat.AccountUpdate{UserID: "alice"}, 0},
		{"again", chat.AccountUpdate{UserID: "alice", Nick: new("Alice"), FaceURL: new("")}, 0},
		{"of 32 bytes", chat.AccountUpdate{UserID: strings.Repeat("x", 32)}, 0},
		{"with every sign", chat.AccountUpdate{UserID: " !\"#$%&'()*+,-./~"}, 0},
		{"no name", chat.AccountUpdate{}, 70402},
		{"of 33 bytes", chat.AccountUpdate{UserID: strings.Repeat("x", 33)}, 70402},
		{"beyond ASCII", chat.AccountUpdate{UserID: "jürgen"}, 70402},
		{"line break", chat.AccountUpdate{UserID: "a\nb"}, 70402},
		{"official account", chat.AccountUpdate{UserID: "@TOA#_news"}, 70402},
		{"group", chat.AccountUpdate{UserID: "@TGS#1"}, 70402},
		{"robot", chat.AccountUpdate{UserID: "@RBT#1"}, 70402},
		{"system", chat.AccountUpdate{UserID: "@TIM#SYSTEM"}, 70402},
		{"nick of 500 bytes", chat.AccountUpdate{UserID: "bob", Nick: new(strings.Repeat("x", 500))}, 0},
		{"nick of 501 bytes", chat.AccountUpdate{UserID: "carol", Nick: new(strings.Repeat("x", 501))}, 40601},
		{"avatar of 501 bytes", chat.AccountUpdate{UserID: "carol", FaceURL: new(strings.Repeat("x", 501))}, 40601},
	} {
		if got := code(s.Import(t.Context(), caller, tt.account)); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	exists, err := s.Check(t.Context(), caller, []string{"alice", "bob", "carol"})
	if diff := cmp.Diff(map[string]bool{"alice": true, "bob": true}, exists); diff != "" || err != nil {
		t.Errorf("imported: %v (-want +got):\n%s", err, diff)
	}
}

func TestImportMany(t *testing.T) {
	t.Parallel()
	s, _, caller := start(t)
	accounts := []chat.AccountUpdate{
		{UserID: "alice"},
		{UserID: strings.Repeat("x", 33)},
		{UserID: "bob", Nick: new("Bob")},
		{UserID: "alice"},
		{UserID: "alice"},
		{UserID: ""},
		{UserID: "carol", Nick: new(strings.Repeat("x", 501))},
		{UserID: "carol"},
	}
	failed, err := s.ImportMany(t.Context(), caller, accounts)
	if diff := cmp.Diff([]string{strings.Repeat("x", 33), "alice", "", "carol"}, failed); diff != "" || err != nil {
		t.Errorf("failed: %v (-want +got):\n%s", err, diff)
	}
	exists, err := s.Check(t.Context(), caller, []string{"alice", "bob", "carol"})
	if diff := cmp.Diff(map[string]bool{"alice": true, "bob": true}, exists); diff != "" || err != nil {
		t.Errorf("imported: %v (-want +got):\n%s", err, diff)
	}
	failed, err = s.ImportMany(t.Context(), caller, accounts[:1])
	if diff := cmp.Diff([]string{}, failed); diff != "" || err != nil {
		t.Errorf("failed again: %v (-want +got):\n%s", err, diff)
	}
	for n, want := range map[int]int{0: 70402, 100: 0, 101: 70206} {
		many := make([]chat.AccountUpdate, n)
		for i := range many {
			many[i].UserID = fmt.Sprintf("u%d", i)
		}
		if _, err := s.ImportMany(t.Context(), caller, many); code(err) != want {
			t.Errorf("%d accounts: got %d, want %d", n, code(err), want)
		}
	}
}

// batches are what every list of accounts must be.
func batches(t *testing.T, do func(ids []string) error) {
	t.Helper()
	for name, tt := range map[string]struct {
		ids  []string
		want int
	}{
		"none":             {nil, 70402},
		"100":              {slices.Repeat([]string{"x"}, 100), 0},
		"101":              {slices.Repeat([]string{"x"}, 101), 70206},
		"one without name": {[]string{"x", ""}, 70402},
		"malformed name":   {[]string{"ä\n" + strings.Repeat("x", 1000)}, 0},
	} {
		if got := code(do(tt.ids)); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s, _, caller := start(t)
	batches(t, func(ids []string) error {
		exists, err := s.Check(t.Context(), caller, ids)
		if len(exists) > 0 {
			t.Errorf("%v exist", exists)
		}
		return err
	})
	other := caller
	other.App = &chat.App{SDKAppID: 1400000002}
	exists, err := s.Check(t.Context(), other, []string{admin})
	if len(exists) != 0 || err != nil {
		t.Errorf("accounts of another app: %v, %v", exists, err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	s, db, caller := start(t)
	batches(t, func(ids []string) error {
		_, err := s.Delete(t.Context(), caller, ids)
		return err
	})
	if _, err := s.ImportMany(t.Context(), caller, []chat.AccountUpdate{{UserID: "alice"}, {UserID: "bob"}}); err != nil {
		t.Fatal(err)
	}
	g := &chat.Group{ID: "g", Type: chat.Public, Name: "g", Owner: "alice", CreateTime: time.Now()}
	if err := db.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.CreateGroup(t.Context(), caller.App.SDKAppID, g); err != nil {
			return err
		}
		_, err := tx.AddMembers(t.Context(), caller.App.SDKAppID, g.Conversation, []chat.Member{{UserID: "alice", Role: chat.RoleOwner}, {UserID: "bob", Role: chat.RoleMember}})
		return err
	}); err != nil {
		t.Fatal(err)
	}

	results, err := s.Delete(t.Context(), caller, []string{"alice", "nobody", admin, "alice"})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for id, refusal := range results {
		if got[id] = 0; refusal != nil {
			got[id] = refusal.Code
		}
	}
	if diff := cmp.Diff(map[string]int{"alice": 0, "nobody": 70107, admin: 70402}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if info := results["nobody"].Text; info != "Err_TLS_PT_Open_Login_Account_Not_Exist" {
		t.Errorf("text %q", info)
	}
	exists, err := s.Check(t.Context(), caller, []string{"alice", "bob", admin})
	if diff := cmp.Diff(map[string]bool{"bob": true, admin: true}, exists); diff != "" || err != nil {
		t.Errorf("left: %v (-want +got):\n%s", err, diff)
	}
	var left *chat.Group
	if err := db.View(t.Context(), func(tx store.Tx) (err error) {
		left, err = tx.Group(t.Context(), caller.App.SDKAppID, "g")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if left.MemberNum != 1 || left.Owner != "" {
		t.Errorf("the group has %d members and the owner %q", left.MemberNum, left.Owner)
	}
	if err := s.Import(t.Context(), caller, chat.AccountUpdate{UserID: "alice"}); err != nil {
		t.Errorf("import again: %v", err)
	}
}

// TestStoreFails: a failure of storage has the code of this service, and its
// cause is kept for the log.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	s, db, caller := start(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, many := s.ImportMany(t.Context(), caller, []chat.AccountUpdate{{UserID: "x"}})
	_, check := s.Check(t.Context(), caller, []string{"x"})
	_, deleted := s.Delete(t.Context(), caller, []string{"x"})
	for name, err := range map[string]error{
		"import": s.Import(t.Context(), caller, chat.AccountUpdate{UserID: "x"}), "import many": many, "check": check, "delete": deleted,
	} {
		if code(err) != 70500 || !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestAnnounced: what those who are connected hear of imports and deletions.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	s, db, caller := start(t)
	var heard []string
	db.OnAnnounce(func(batch []event.Event) {
		for _, e := range batch {
			heard = append(heard, fmt.Sprintf("%T of %s", e, e.Conversation()))
		}
	})
	update := func(fn func(tx store.Tx) error) {
		t.Helper()
		if err := db.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []chat.AccountUpdate{
		{UserID: "alice", Nick: new("Alice")}, // new
		{UserID: "bob"},
		{UserID: "alice", Nick: new("Alice"), FaceURL: new("")}, // as it was
		{UserID: "alice", FaceURL: new("https://example.com/a.png")},
	} {
		if err := s.Import(t.Context(), caller, a); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx store.Tx) error {
		return tx.CreateSession(t.Context(), caller.App.SDKAppID, &chat.Session{Key: "k", UserID: "alice", ExpireTime: time.Now().Add(time.Hour)})
	})
	if _, err := s.Delete(t.Context(), caller, []string{"alice", "nobody"}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"event.ProfileChanged of user:alice", "event.InstanceKicked of user:alice", "event.AccountDeleted of user:alice", "event.FriendsDeleted of user:alice",
	}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("what was heard (-want +got):\n%s", diff)
	}
}
