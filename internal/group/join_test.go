package group_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// options sets how one becomes a member of a group.
func (f *fixture) options(id, apply, invite string) {
	f.Helper()
	p := &group.Profile{}
	if apply != "" {
		p.ApplyJoinOption = &apply
	}
	if invite != "" {
		p.InviteJoinOption = &invite
	}
	f.must(f.groups.Update(f.Context(), f.rest(), id, "", p))
}

// appoint makes a member an administrator of a group.
func (f *fixture) appoint(id, userID string) {
	f.Helper()
	f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: id, UserID: userID, Role: new("Admin")}))
}

// switchOn lets the app's backend be asked and told.
func (f *fixture) switchOn(commands ...string) {
	f.change(func(a *chat.App) { a.Webhook.On = append(slices.Clone(a.Webhook.On), commands...) })
}

// TestJoin: who gets in by himself, who has to wait, and who does not get in.
func TestJoin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    chat.GroupType
		apply   string
		members []string
		most    int
		waiting bool
		refusal *chat.Error
		news    []string
	}{
		"Public":                   {kind: chat.Public, apply: "FreeAccess", news: []string{"joined bob, invited false", "tip 1 by bob bob, 2 members", "notice 2 to bob by bob"}},
		"Public by default":        {kind: chat.Public, waiting: true, news: []string{"notice 1 to alice by bob: please, kept"}},
		"Public with permission":   {kind: chat.Public, apply: "NeedPermission", members: []string{"carol"}, waiting: true, news: []string{"notice 1 to alice by bob: please, kept"}},
		"Public, closed":           {kind: chat.Public, apply: "DisableApply", refusal: chat.ErrNotPermitted},
		"Private":                  {kind: chat.Private, refusal: chat.ErrNotPermitted},
		"Private, whatever it has": {kind: chat.Private, apply: "FreeAccess", refusal: chat.ErrNotPermitted},
		"ChatRoom":                 {kind: chat.ChatRoom, news: []string{"joined bob, invited false", "notice 2 to bob by bob"}},
		"ChatRoom with permission": {kind: chat.ChatRoom, apply: "NeedPermission", waiting: true, news: []string{"notice 1 to alice by bob: please, kept"}},
		"Community":                {kind: chat.Community, news: []string{"joined bob, invited false", "tip 1 by bob bob, 2 members", "notice 2 to bob by bob"}},
		"the last place":           {kind: chat.Public, apply: "FreeAccess", most: 2, news: []string{"joined bob, invited false", "tip 1 by bob bob, 2 members", "full", "notice 2 to bob by bob"}},
		"no place left":            {kind: chat.Public, apply: "FreeAccess", most: 1, refusal: chat.ErrGroupFull},
		"no place left to wait":    {kind: chat.Public, apply: "NeedPermission", most: 1, refusal: chat.ErrGroupFull},
		"a member":                 {kind: chat.Public, apply: "FreeAccess", members: []string{"bob"}, refusal: chat.ErrAlreadyMember},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			id := "g"
			if tt.kind == chat.Community {
				id = "@TGS#_g"
			}
			f.create(id, tt.kind, tt.members...)
			f.options(id, tt.apply, "")
			if tt.most > 0 {
				f.must(f.groups.Update(f.Context(), f.rest(), id, "", &group.Profile{MaxMemberNum: &tt.most}))
			}
			f.news()
			joined, err := f.groups.Join(f.Context(), f.client("bob"), group.JoinRequest{GroupID: id, Text: "please"})
			if tt.refusal != nil {
				f.refused("join", err, tt.refusal)
				equal(f, "news", f.news(), []string{})
				return
			}
			f.must(err)
			equal(f, "waiting", joined.Waiting, tt.waiting)
			equal(f, "is a member", f.member(id, "bob") != nil, !tt.waiting)
			equal(f, "news", f.news(), tt.news)
		})
	}
}

// TestJoinRoom: a room is entered again without a word, and told of by messages
// that are numbered but not kept.
func TestJoinRoom(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("room", chat.AVChatRoom)
	f.options("room", "DisableApply", "") // which has no meaning there
	f.news()
	for range 2 {
		joined, err := f.groups.Join(f.Context(), f.client("bob"), group.JoinRequest{GroupID: "room"})
		f.must(err)
		equal(f, "waiting", joined.Waiting, false)
	}
	equal(f, "news", f.news(), []string{"joined bob, invited false", "tip 1 by bob bob, 2 members", "notice 2 to bob by bob"})
	f.must(f.groups.Quit(f.Context(), f.client("bob"), "room"))
	f.must(f.groups.Quit(f.Context(), f.client("bob"), "room"))
	equal(f, "news of the end", f.news(), []string{"left bob, removed false", "tip 2 by bob bob, 1 members", "notice 8 to bob by bob"})
	equal(f, "kept", len(f.stored("room")), 0)
	_, err := f.groups.AddMembers(f.Context(), f.client("alice"), group.AddRequest{GroupID: "room", UserIDs: []string{"bob"}})
	f.refused("invite into a room", err, chat.ErrNotPermitted)
}

func TestJoinMalformed(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	for name, tt := range map[string]struct {
		request group.JoinRequest
		want    *chat.Error
	}{
		"no group":       {group.JoinRequest{}, chat.ErrParameter},
		"malformed ID":   {group.JoinRequest{GroupID: "\x00"}, chat.ErrGroupID},
		"unknown group":  {group.JoinRequest{GroupID: "unknown"}, chat.ErrGroupNotFound},
		"text too long":  {group.JoinRequest{GroupID: "g", Text: strings.Repeat("x", chat.MaxApplicationBytes+1)}, chat.ErrParameter},
		"longest text":   {group.JoinRequest{GroupID: "g", Text: strings.Repeat("x", chat.MaxApplicationBytes)}, nil},
		"once more, too": {group.JoinRequest{GroupID: "g"}, nil},
	} {
		_, err := f.groups.Join(f.Context(), f.client("bob"), tt.request)
		if tt.want == nil {
			f.must(err)
			continue
		}
		f.refused(name, err, tt.want)
	}
}

// TestAskBeforeJoin: the app's backend is asked about those who would get in or
// wait, and about nobody else.
func TestAskBeforeJoin(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "carol")
	f.switchOn("Group.CallbackBeforeApplyJoinGroup")
	f.hooks.decide = func(q event.Event) event.Answer {
		e := q.(event.BeforeGroupApply)
		equal(f, "question", [3]string{e.GroupID, string(e.Type), e.Operator}, [3]string{"g", "Public", "bob"})
		return event.Answer{Refusal: &chat.Error{Code: 10150, Text: "not today"}, ByApp: true}
	}
	f.news()
	_, err := f.groups.Join(f.Context(), f.client("bob"), group.JoinRequest{GroupID: "g"})
	f.refused("refused by the app", err, &chat.Error{Code: 10150, Text: "not today"})
	equal(f, "news", f.news(), []string{})
	_, err = f.groups.Join(f.Context(), f.client("carol"), group.JoinRequest{GroupID: "g"})
	f.refused("a member", err, chat.ErrAlreadyMember)
	_, asked := f.hooks.take()
	equal(f, "questions", asked, 1)

	f.hooks.decide = nil
	joined, err := f.groups.Join(f.Context(), f.client("bob"), group.JoinRequest{GroupID: "g"})
	f.must(err)
	equal(f, "allowed, and yet he waits", joined.Waiting, true)
}

// TestInvite: whom members may add to which groups.
func TestInvite(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    chat.GroupType
		invite  string
		caller  string // of alice who owns the group, adam who administers it, and bob
		users   []string
		refusal *chat.Error
		want    map[string]group.AddResult
		news    []string
	}{
		"Private, by a member": {
			kind: chat.Private, caller: "bob", users: []string{"carol", "adam", "ghost"},
			want: map[string]group.AddResult{"carol": group.Added, "adam": group.AlreadyMember, "ghost": group.NotAdded},
			news: []string{"joined carol, invited true", "tip 1 by bob carol, 4 members, invited", "notice 7 to carol by bob, kept"},
		},
		"Private, two at once": {
			kind: chat.Private, caller: "bob", users: []string{"carol", "dave", "carol"},
			want: map[string]group.AddResult{"carol": group.Added, "dave": group.Added},
			news: []string{
				"joined carol dave, invited true", "tip 1 by bob carol dave, 5 members, invited", "notice 7 to carol by bob, kept", "notice 7 to dave by bob, kept",
			},
		},
		"Private with permission, by a member": {
			kind: chat.Private, invite: "NeedPermission", caller: "bob", users: []string{"carol"},
			want: map[string]group.AddResult{"carol": group.Waiting}, news: []string{"notice 1 to alice by bob, kept"},
		},
		"Private, closed":             {kind: chat.Private, invite: "DisableInvite", caller: "alice", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"Private, by a stranger":      {kind: chat.Private, caller: "eve", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"Public by default, by owner": {kind: chat.Public, caller: "alice", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"Public by default, by the app": {
			kind: chat.Public, caller: admin, users: []string{"carol"}, want: map[string]group.AddResult{"carol": group.Added},
			news: []string{"joined carol, invited true", "tip 1 by administrator carol, 4 members, invited", "notice 7 to carol by administrator, kept"},
		},
		"Public, free, by a member": {
			kind: chat.Public, invite: "FreeAccess", caller: "bob", users: []string{"carol"}, want: map[string]group.AddResult{"carol": group.Added},
			news: []string{"joined carol, invited true", "tip 1 by bob carol, 4 members, invited", "notice 7 to carol by bob, kept"},
		},
		"Public with permission, by a member": {
			kind: chat.Public, invite: "NeedPermission", caller: "bob", users: []string{"carol", "dave"},
			want: map[string]group.AddResult{"carol": group.Waiting, "dave": group.Waiting},
			news: []string{
				"notice 1 to alice by bob, kept", "notice 1 to adam by bob, kept", "notice 1 to alice by bob, kept", "notice 1 to adam by bob, kept",
			},
		},
		"Public with permission, by an administrator": {
			kind: chat.Public, invite: "NeedPermission", caller: "adam", users: []string{"carol"}, want: map[string]group.AddResult{"carol": group.Added},
			news: []string{"joined carol, invited true", "tip 1 by adam carol, 4 members, invited", "notice 7 to carol by adam, kept"},
		},
		"ChatRoom, free": {
			kind: chat.ChatRoom, invite: "FreeAccess", caller: "bob", users: []string{"carol"}, want: map[string]group.AddResult{"carol": group.Added},
			news: []string{"joined carol, invited true", "notice 7 to carol by bob, kept"},
		},
		"nobody who exists": {kind: chat.Private, caller: "bob", users: []string{"ghost"}, refusal: chat.ErrUserNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.imports("adam", "dave", "eve")
			f.create("g", tt.kind, "adam", "bob")
			if tt.kind.Rules().Admins {
				f.appoint("g", "adam")
			}
			f.options("g", "", tt.invite)
			f.news()
			got, err := f.groups.AddMembers(f.Context(), f.client(tt.caller), group.AddRequest{GroupID: "g", UserIDs: tt.users})
			if tt.refusal != nil {
				f.refused("invite", err, tt.refusal)
				return
			}
			f.must(err)
			equal(f, "results", got, tt.want)
			equal(f, "news", f.news(), tt.news)
		})
	}
}

// TestAddSilently: nobody is told in the conversation, but those who are added know.
func TestAddSilently(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.news()
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}, Silent: true})
	f.must(err)
	f.must(f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "g", UserIDs: []string{"bob"}, Reason: "why", Silent: true}))
	equal(f, "news", f.news(), []string{
		"joined bob, invited true", "notice 7 to bob by administrator, kept", "left bob, removed true", "notice 4 to bob by administrator: why, kept",
	})
	equal(f, "number of the next message", f.group("g").NextMsgSeq, 1)
}

// TestAskBeforeInvite: the app's backend leaves out some of those who would be
// added, or all.
func TestAskBeforeInvite(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.imports("dave")
	f.create("g", chat.Private, "bob")
	f.switchOn("Group.CallbackBeforeInviteJoinGroup")
	var questions [][]string
	answer := event.Answer{RefusedMembers: []string{"carol", "nobody"}}
	f.hooks.decide = func(q event.Event) event.Answer {
		questions = append(questions, q.(event.BeforeGroupInvite).Members)
		return answer
	}
	add := group.AddRequest{GroupID: "g", UserIDs: []string{"alice", "carol", "dave", "ghost"}}
	got, err := f.groups.AddMembers(f.Context(), f.client("bob"), add)
	f.must(err)
	equal(f, "results", got, map[string]group.AddResult{
		"alice": group.AlreadyMember, "carol": group.NotAdded, "dave": group.Added, "ghost": group.NotAdded,
	})
	answer = event.Answer{Refusal: chat.ErrRefusedByApp, ByApp: true}
	_, err = f.groups.AddMembers(f.Context(), f.client("bob"), add)
	f.refused("refused by the app", err, chat.ErrRefusedByApp)
	_, err = f.groups.AddMembers(f.Context(), f.client("carol"), add)
	f.refused("who may not is not asked about", err, chat.ErrNotPermitted)
	_, err = f.groups.AddMembers(f.Context(), f.client("bob"), group.AddRequest{GroupID: "g", UserIDs: []string{"alice"}})
	f.must(err)
	equal(f, "questions", questions, [][]string{{"carol", "dave"}, {"carol"}})
}

// waits reports whether somebody's application waits.
func (f *fixture) waits(id string, kind chat.ApplicationKind, joiner string) bool {
	f.Helper()
	conversation := f.group(id).Conversation
	var found bool
	f.view(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Application(ctx, conversation, kind, joiner)
		found = err == nil
		return nil
	})
	return found
}
