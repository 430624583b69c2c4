package official_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/store"
)

func TestCreateRules(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	f.create("@TOA#_taken")
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, tt := range []struct {
		name   string
		create func(r *official.CreateRequest)
		want   *chat.Error
	}{
		{"least", func(*official.CreateRequest) {}, nil},
		{"most", func(r *official.CreateRequest) {
			r.Name, r.Introduction, r.FaceURL, r.Organization, r.CustomString = long(150), long(400), long(500), long(500), long(3000)
		}, nil},
		{"no owner", func(r *official.CreateRequest) { r.Owner = "" }, chat.ErrOfficialParameter},
		{"owner without account", func(r *official.CreateRequest) { r.Owner = "nobody" }, chat.ErrOfficialOwner},
		{"no name", func(r *official.CreateRequest) { r.Name = "" }, chat.ErrOfficialParameter},
		{"name of 151 bytes", func(r *official.CreateRequest) { r.Name = long(151) }, chat.ErrOfficialParameter},
		{"introduction of 401 bytes", func(r *official.CreateRequest) { r.Introduction = long(401) }, chat.ErrOfficialParameter},
		{"avatar of 501 bytes", func(r *official.CreateRequest) { r.FaceURL = long(501) }, chat.ErrOfficialParameter},
		{"organization of 501 bytes", func(r *official.CreateRequest) { r.Organization = long(501) }, chat.ErrOfficialParameter},
		{"data of 3001 bytes", func(r *official.CreateRequest) { r.CustomString = long(3001) }, chat.ErrOfficialParameter},
		{"for nobody", func(r *official.CreateRequest) { r.MaxSubscriber = new(0) }, chat.ErrOfficialParameter},
		{"own ID", func(r *official.CreateRequest) { r.ID = "@TOA#_" + long(42) }, nil},
		{"ID of 49 bytes", func(r *official.CreateRequest) { r.ID = "@TOA#_" + long(43) }, chat.ErrOfficialID},
		{"ID without prefix", func(r *official.CreateRequest) { r.ID = "news" }, chat.ErrOfficialID},
		{"ID of nothing but the prefix", func(r *official.CreateRequest) { r.ID = "@TOA#_" }, chat.ErrOfficialID},
		{"ID like those of the server", func(r *official.CreateRequest) { r.ID = "@TOA#_@TOA#x" }, chat.ErrOfficialID},
		{"ID beyond ASCII", func(r *official.CreateRequest) { r.ID = "@TOA#_ä" }, chat.ErrOfficialID},
		{"malformed ID of an owner without account", func(r *official.CreateRequest) { r.ID, r.Owner = "x", "nobody" }, chat.ErrOfficialID},
		{"ID that is taken", func(r *official.CreateRequest) { r.ID = "@TOA#_taken" }, chat.ErrOfficialIDTaken},
		{"ID that is taken, and blocked name", func(r *official.CreateRequest) { r.ID, r.Name = "@TOA#_taken", "damn" }, chat.ErrOfficialIDTaken},
		{"blocked name", func(r *official.CreateRequest) { r.Name = "Damn" }, chat.ErrBlockedContent},
		{"blocked introduction", func(r *official.CreateRequest) { r.Introduction = "damn" }, chat.ErrBlockedContent},
	} {
		r := official.CreateRequest{Owner: "alice", Name: "news"}
		tt.create(&r)
		_, err := f.officials.Create(f.Context(), f.rest(), r)
		f.refused(tt.name, err, tt.want)
	}
	made, err := f.officials.Create(f.Context(), f.rest(), official.CreateRequest{Owner: "alice", Name: "news"})
	f.must(err)
	if !strings.HasPrefix(made.ID, "@TOA#_@TOA#") || len(made.ID) > 48 {
		t.Errorf("the server chose the ID %q", made.ID)
	}
	got := *f.info(made.ID)
	got.Conversation, got.Revision = 0, 0
	got.CreateTime = got.CreateTime.UTC()
	equal(f, "official account", got, chat.OfficialAccount{
		ID: made.ID, Owner: "alice", Name: "news", MaxSubscriber: 100_000, CreateTime: f.clock.Now(),
	})
}

func TestGetAndDestroy(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	infos, err := f.officials.Get(f.Context(), f.rest(), []string{"@TOA#_b", "@TOA#_a", "x"})
	f.must(err)
	var got []int
	for _, i := range infos {
		if i.Err != nil {
			got = append(got, i.Err.Code)
		} else {
			got = append(got, 0)
		}
	}
	equal(f, "found", got, []int{130004, 0, 130004})
	for name, ids := range map[string][]string{"none": nil, "51": slices.Repeat([]string{"x"}, 51), "one without name": {"@TOA#_a", ""}} {
		_, err := f.officials.Get(f.Context(), f.rest(), ids)
		f.refused(name, err, chat.ErrOfficialParameter)
	}

	f.refused("destroy none", f.officials.Destroy(f.Context(), f.rest(), ""), chat.ErrOfficialParameter)
	f.must(f.officials.Destroy(f.Context(), f.rest(), "@TOA#_a"))
	f.refused("destroy again", f.officials.Destroy(f.Context(), f.rest(), "@TOA#_a"), chat.ErrOfficialNotFound)
	f.refused("send", f.trySend(f.say("@TOA#_a", "x")), chat.ErrOfficialNotFound)
	f.create("@TOA#_a")
}

func TestStoreFails(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	f.must(f.store.Close())
	_, createErr := f.officials.Create(f.Context(), f.rest(), official.CreateRequest{Owner: "alice", Name: "x"})
	_, getErr := f.officials.Get(f.Context(), f.rest(), []string{"@TOA#_a"})
	_, listErr := f.officials.Subscribers(f.Context(), f.rest(), "@TOA#_a", 0, 1)
	_, recallErr := f.officials.Recall(f.Context(), f.rest(), "@TOA#_a", []string{"1_1_1"}, "")
	for name, err := range map[string]error{
		"create": createErr, "get": getErr, "list": listErr, "recall": recallErr,
		"destroy": f.officials.Destroy(f.Context(), f.rest(), "@TOA#_a"), "send": f.trySend(f.say("@TOA#_a", "x")),
	} {
		f.refused(name, err, chat.ErrOfficialInternal)
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: the cause is lost in %v", name, err)
		}
	}
}
