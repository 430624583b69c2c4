package group_test

import (
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// found makes a group as a client does.
func (f *fixture) found(userID string, r group.CreateRequest) (*chat.Group, error) {
	f.Helper()
	if r.Profile.Name == nil {
		r.Profile.Name = new("mine")
	}
	return f.groups.Create(f.Context(), f.client(userID), &r)
}

// TestCreateByClient: what a user makes is his own, and the first members hear of it.
func TestCreateByClient(t *testing.T) {
	t.Parallel()
	f := start(t)
	g, err := f.found("bob", group.CreateRequest{
		GroupID: "g", Type: "Work", Owner: "alice", Members: []group.NewMember{{UserID: "carol"}, {UserID: "bob"}, {UserID: "ghost"}},
	})
	f.must(err)
	equal(f, "owner", g.Owner, "bob")
	equal(f, "news", f.news(), []string{"created by bob with bob carol", "notice 7 to carol by bob, kept"})
	equal(f, "number of the first message", f.group("g").NextMsgSeq, 1)
	_, err = f.found("bob", group.CreateRequest{GroupID: "g", Type: "Public"})
	f.refused("his own ID", err, chat.ErrGroupIDTakenByOwn)
	_, err = f.found("carol", group.CreateRequest{GroupID: "g", Type: "Public"})
	f.refused("the ID of another's", err, chat.ErrGroupIDTaken)
	_, err = f.found("nobody", group.CreateRequest{Type: "Public"})
	f.refused("who has no account", err, chat.ErrUserNotFound)
}

// TestCreateByREST: the owner is told as well, for it was not he who made it.
func TestCreateByREST(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	equal(f, "news", f.news(), []string{
		"created by administrator with alice bob", "notice 7 to alice by administrator, kept", "notice 7 to bob by administrator, kept",
	})
}

// TestAskBeforeCreate: the app's backend is asked about groups that could be made.
func TestAskBeforeCreate(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("taken", chat.Public)
	f.create("second", chat.Public)
	f.create("third", chat.Private)
	f.switchOn("Group.CallbackBeforeCreateGroup")
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"bad"} })
	var asked []event.BeforeGroupCreate
	answer := event.Answer{Refusal: chat.ErrRefusedByApp, ByApp: true}
	f.hooks.decide = func(q event.Event) event.Answer {
		asked = append(asked, q.(event.BeforeGroupCreate))
		return answer
	}
	request := group.CreateRequest{GroupID: "g", Type: "Public", Members: []group.NewMember{{UserID: "bob"}, {UserID: "ghost"}}}
	_, err := f.found("alice", request)
	f.refused("refused by the app", err, chat.ErrRefusedByApp)
	for name, r := range map[string]struct {
		request group.CreateRequest
		want    *chat.Error
	}{
		"taken":           {group.CreateRequest{GroupID: "taken", Type: "Public"}, chat.ErrGroupIDTakenByOwn},
		"malformed":       {group.CreateRequest{Type: "None"}, chat.ErrParameter},
		"a blocked word":  {group.CreateRequest{Type: "Public", Profile: group.Profile{Name: new("bad")}}, chat.ErrBlockedContent},
		"too many for it": {group.CreateRequest{Type: "Public", Members: request.Members, Profile: group.Profile{MaxMemberNum: new(1)}}, chat.ErrMemberLimit},
	} {
		_, err := f.found("alice", r.request)
		f.refused(name, err, r.want)
	}
	equal(f, "questions", len(asked), 1)
	equal(f, "members", asked[0].Members, []string{"bob"})
	equal(f, "number of groups", asked[0].Owned, 2)
	equal(f, "owner and name", [2]string{asked[0].Owner, asked[0].Name}, [2]string{"alice", "mine"})
	answer = event.Answer{}
	_, err = f.found("alice", request)
	f.must(err)
}

// TestGetOwn: groups as one of their members sees them, or a stranger.
func TestGetOwn(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("public", chat.Public, "bob")
	f.create("private", chat.Private, "bob")
	show := func(caller string, ids ...string) []string {
		infos, err := f.groups.GetOwn(f.Context(), f.client(caller), ids)
		f.must(err)
		lines := []string{}
		for i := range infos {
			line := infos[i].GroupID
			if infos[i].Err != nil {
				line += " " + infos[i].Err.Error()
			}
			if infos[i].Self != nil {
				line += " " + string(infos[i].Self.Role)
			}
			lines = append(lines, line)
		}
		return lines
	}
	equal(f, "owner", show("alice", "private", "public"), []string{"private Owner", "public Owner"})
	equal(f, "member", show("bob", "private", "public"), []string{"private Member", "public Member"})
	stranger := show("carol", "private", "public", "unknown", "\x00")
	equal(f, "stranger, what he sees", stranger[1], "public")
	equal(f, "stranger", len(stranger), 4)
	infos, err := f.groups.GetOwn(f.Context(), f.client("carol"), []string{"private", "unknown", "\x00"})
	f.must(err)
	for i, want := range []*chat.Error{chat.ErrNotPermitted, chat.ErrGroupNotFound, chat.ErrGroupID} {
		f.refused("stranger", infos[i].Err, want)
	}
	equal(f, "what he does not see", infos[0].Group, nil)
	_, err = f.groups.GetOwn(f.Context(), f.client("carol"), nil)
	f.refused("none", err, chat.ErrParameter)
	_, err = f.groups.GetOwn(f.Context(), f.client("carol"), make([]string, chat.MaxGroupInfoBatch+1))
	f.refused("too many", err, chat.ErrParameter)
}

// TestListJoined: a user's groups, by kind and page.
func TestListJoined(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, id := range []string{"a", "b", "c"} {
		f.create(id, chat.Public, "bob")
	}
	f.create("other", chat.Public)
	f.create("room", chat.AVChatRoom)
	f.create("@TGS#_plain", chat.Community, "bob")
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: "@TGS#_topics", Type: "Community", Owner: "bob", SupportTopic: true, Profile: group.Profile{Name: new("x")},
	})
	f.must(err)
	for name, tt := range map[string]struct {
		request group.JoinedRequest
		total   int
		want    []string
	}{
		"all":                 {group.JoinedRequest{}, 3, []string{"a", "b", "c"}},
		"first page":          {group.JoinedRequest{Limit: 2}, 3, []string{"a", "b"}},
		"second page":         {group.JoinedRequest{Limit: 2, Offset: 2}, 3, []string{"c"}},
		"behind all":          {group.JoinedRequest{Limit: 2, Offset: 9}, 3, []string{}},
		"communities":         {group.JoinedRequest{Communities: true}, 1, []string{"@TGS#_plain"}},
		"those with topics":   {group.JoinedRequest{Communities: true, SupportTopic: true}, 1, []string{"@TGS#_topics"}},
		"others with topics":  {group.JoinedRequest{SupportTopic: true}, 0, []string{}},
		"more than a page is": {group.JoinedRequest{Limit: 10_000}, 3, []string{"a", "b", "c"}},
	} {
		total, infos, err := f.groups.ListJoined(f.Context(), f.client("bob"), tt.request)
		f.must(err)
		got := []string{}
		for i := range infos {
			got = append(got, infos[i].GroupID)
			equal(f, name+": himself", infos[i].Self.UserID, "bob")
		}
		equal(f, name+": total", total, tt.total)
		equal(f, name, got, tt.want)
	}
	_, _, err = f.groups.ListJoined(f.Context(), f.client("bob"), group.JoinedRequest{Offset: -1})
	f.refused("negative", err, chat.ErrParameter)
}

// TestNamedMembers: members by name, in the order asked.
func TestNamedMembers(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	members, err := f.groups.Members(f.Context(), f.client("bob"), "g", []string{"bob", "carol", "alice", "bob"})
	f.must(err)
	equal(f, "members", names(members), "bob alice")
	_, err = f.groups.Members(f.Context(), f.client("carol"), "g", []string{"bob"})
	f.refused("a stranger", err, chat.ErrNotPermitted)
	_, err = f.groups.Members(f.Context(), f.client("bob"), "g", make([]string, group.MaxSpecifiedMembers+1))
	f.refused("too many", err, chat.ErrTooManyAccounts)
}
