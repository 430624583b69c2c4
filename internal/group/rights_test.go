package group_test

import (
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// crew makes a group of a type that alice owns and adam administers, where the type
// has administrators, and that bob is a member of.
func (f *fixture) crew(kind chat.GroupType) string {
	f.Helper()
	id := "g"
	if kind == chat.Community {
		id = "@TGS#_g"
	}
	f.imports("adam", "eve")
	if kind == chat.AVChatRoom {
		f.create(id, kind)
		for _, u := range []string{"adam", "bob"} {
			_, err := f.groups.Join(f.Context(), f.client(u), group.JoinRequest{GroupID: id})
			f.must(err)
		}
		return id
	}
	f.create(id, kind, "adam", "bob")
	if kind.Rules().Admins {
		f.appoint(id, "adam")
	}
	return id
}

// TestWhoChangesWhat: each change is tried by everybody, in all types of groups.
func TestWhoChangesWhat(t *testing.T) {
	t.Parallel()
	everybody := []string{"alice", "adam", "bob", "eve"} // owner, administrator, member, stranger
	for name, tt := range map[string]struct {
		do func(f *fixture, caller chat.Caller, id string) error
		// want names those who may, for each type.
		want map[chat.GroupType][]string
	}{
		"rename": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.Update(f.Context(), caller, id, "", &group.Profile{Name: &caller.UserID})
			},
			want: map[chat.GroupType][]string{
				chat.Private: {"alice", "adam", "bob"}, chat.Public: {"alice", "adam"}, chat.ChatRoom: {"alice"}, chat.AVChatRoom: {"alice"},
				chat.Community: {"alice", "adam"},
			},
		},
		"say how one joins": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.Update(f.Context(), caller, id, "", &group.Profile{ApplyJoinOption: new("FreeAccess")})
			},
			want: map[chat.GroupType][]string{
				chat.Private: {"alice"}, chat.Public: {"alice", "adam"}, chat.ChatRoom: {"alice"}, chat.AVChatRoom: {"alice"},
				chat.Community: {"alice", "adam"},
			},
		},
		"mute all": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.Update(f.Context(), caller, id, "", &group.Profile{MuteAll: new("On")})
			},
			want: map[chat.GroupType][]string{
				chat.Private: {}, chat.Public: {"alice", "adam"}, chat.ChatRoom: {"alice", "adam"}, chat.AVChatRoom: {"alice"},
				chat.Community: {"alice", "adam"},
			},
		},
		"mute a member": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "bob", MuteSeconds: new(uint32(60))})
			},
			want: map[chat.GroupType][]string{
				chat.Private: {}, chat.Public: {"alice", "adam"}, chat.ChatRoom: {"alice", "adam"}, chat.AVChatRoom: {"alice"},
				chat.Community: {"alice", "adam"},
			},
		},
		"mute an administrator": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "adam", MuteSeconds: new(uint32(60))})
			},
			want: map[chat.GroupType][]string{chat.Public: {"alice"}, chat.ChatRoom: {"alice"}, chat.Community: {"alice"}},
		},
		"mute the owner": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "alice", MuteSeconds: new(uint32(60))})
			},
			want: map[chat.GroupType][]string{chat.Public: {}, chat.ChatRoom: {}, chat.AVChatRoom: {}, chat.Community: {}},
		},
		"appoint": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "bob", Role: new("Admin")})
			},
			want: map[chat.GroupType][]string{
				chat.Private: {}, chat.Public: {"alice"}, chat.ChatRoom: {"alice"}, chat.AVChatRoom: {}, chat.Community: {"alice"},
			},
		},
		"name a member": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "bob", NameCard: new("B.")})
			},
			want: map[chat.GroupType][]string{chat.Private: {"alice", "bob"}, chat.Public: {"alice", "adam", "bob"}, chat.AVChatRoom: {}},
		},
		"name the owner": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "alice", NameCard: new("A.")})
			},
			want: map[chat.GroupType][]string{chat.Private: {"alice"}, chat.Public: {"alice"}},
		},
		"say how a member wants messages": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				return f.groups.UpdateMember(f.Context(), caller, &group.MemberUpdate{GroupID: id, UserID: "bob", MsgFlag: new(chat.FlagDiscard)})
			},
			want: map[chat.GroupType][]string{chat.Private: {"bob"}, chat.Public: {"bob"}, chat.Community: {"bob"}},
		},
		"list members": {
			do: func(f *fixture, caller chat.Caller, id string) error {
				_, err := f.groups.ListMembers(f.Context(), caller, group.ListRequest{GroupID: id})
				return err
			},
			want: map[chat.GroupType][]string{
				chat.Private: {"alice", "adam", "bob"}, chat.Public: {"alice", "adam", "bob"}, chat.AVChatRoom: {"alice", "adam", "bob"},
			},
		},
	} {
		for kind, may := range tt.want {
			t.Run(name+" in "+string(kind), func(t *testing.T) {
				t.Parallel()
				f := start(t)
				id := f.crew(kind)
				got := []string{}
				for _, caller := range everybody {
					err := tt.do(f, f.client(caller), id)
					if err == nil {
						got = append(got, caller)
						continue
					}
					f.refused(caller, err, chat.ErrNotPermitted)
				}
				equal(f, "who may", got, may)
			})
		}
	}
}

// TestWhatMembersHear: what a change brings into the conversation.
func TestWhatMembersHear(t *testing.T) {
	t.Parallel()
	profile := func(p *group.Profile) func(*fixture, chat.Caller, string) error {
		return func(f *fixture, caller chat.Caller, id string) error {
			return f.groups.Update(f.Context(), caller, id, "", p)
		}
	}
	bob := func(u group.MemberUpdate) func(*fixture, chat.Caller, string) error {
		return func(f *fixture, caller chat.Caller, id string) error {
			u.GroupID, u.UserID = id, "bob"
			return f.groups.UpdateMember(f.Context(), caller, &u)
		}
	}
	for name, tt := range map[string]struct {
		kind chat.GroupType
		do   func(*fixture, chat.Caller, string) error
		want []string
	}{
		"name and introduction": {
			chat.Public, profile(&group.Profile{Name: new("new"), Introduction: new("i")}),
			[]string{"info name=new introduction=i", "tip 6 by alice, 3 members, name=new introduction=i"},
		},
		"name and options": {
			chat.Public, profile(&group.Profile{Name: new("new"), MuteAll: new("On")}),
			[]string{"info name=new", "tip 6 by alice, 3 members, name=new mute=true"},
		},
		"nothing new": {chat.Public, profile(&group.Profile{Name: new("a group")}), []string{}},
		"options and fields": {
			chat.Public, profile(&group.Profile{
				ApplyJoinOption: new("FreeAccess"), InviteJoinOption: new("FreeAccess"), MuteAll: new("On"), AppDefinedData: []chat.KeyValue{{Key: "k", Value: "v"}},
			}), []string{"tip 6 by alice, 3 members, apply=FreeAccess invite=FreeAccess mute=true k=v, not kept"},
		},
		"a room muted":        {chat.AVChatRoom, profile(&group.Profile{MuteAll: new("On")}), []string{"tip 6 by alice, 3 members, mute=true"}},
		"a mute":              {chat.Public, bob(group.MemberUpdate{MuteSeconds: new(uint32(60))}), []string{"tip 7 by alice bob, 3 members, for 60 s"}},
		"a mute lifted":       {chat.Public, bob(group.MemberUpdate{MuteSeconds: new(uint32(0))}), []string{"tip 7 by alice bob, 3 members, for 0 s"}},
		"a mute in a meeting": {chat.ChatRoom, bob(group.MemberUpdate{MuteSeconds: new(uint32(60))}), []string{"tip 7 by alice bob, 3 members, for 60 s, not kept"}},
		"a mute in a room":    {chat.AVChatRoom, bob(group.MemberUpdate{MuteSeconds: new(uint32(60))}), []string{"tip 7 by alice bob, 3 members, for 60 s"}},
		"an administrator": {
			chat.Public, bob(group.MemberUpdate{Role: new("Admin")}),
			[]string{"changed bob, role Admin", "tip 4 by alice bob, 3 members", "notice 9 to bob by alice, kept"},
		},
		"an administrator of a meeting": {
			chat.ChatRoom, bob(group.MemberUpdate{Role: new("Admin")}),
			[]string{"changed bob, role Admin", "tip 4 by alice bob, 3 members, not kept", "notice 9 to bob by alice, kept"},
		},
		"the role that he has": {chat.Public, bob(group.MemberUpdate{Role: new("Member")}), []string{}},
		"a name card":          {chat.Public, bob(group.MemberUpdate{NameCard: new("B.")}), []string{"changed bob, card B."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			id := f.crew(tt.kind)
			f.news()
			f.must(tt.do(f, f.client("alice"), id))
			equal(f, "news", f.news(), tt.want)
		})
	}
}

// TestOwnSettings: what a member changes for himself, his other clients hear of.
func TestOwnSettings(t *testing.T) {
	t.Parallel()
	f := start(t)
	id := f.crew(chat.Public)
	f.news()
	f.must(f.groups.UpdateMember(f.Context(), f.client("bob"), &group.MemberUpdate{GroupID: id, UserID: "bob", MsgFlag: new(chat.FlagDiscard)}))
	equal(f, "news", f.news(), []string{"bob wants Discard", "notice 20 to bob by bob"})
	f.must(f.groups.UpdateMember(f.Context(), f.client("bob"), &group.MemberUpdate{
		GroupID: id, UserID: "bob", AppDefinedData: []chat.KeyValue{{Key: "k", Value: "v"}},
	}))
	equal(f, "news of a field", f.news(), []string{})
	equal(f, "the field", f.member(id, "bob").AppDefinedData, []chat.KeyValue{{Key: "k", Value: "v"}})
}

// TestTipsAreStored: tips stand among the messages, with numbers of their own.
func TestTipsAreStored(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.PutAccounts(f.Context(), f.app.SDKAppID, []chat.AccountUpdate{{UserID: "alice", Nick: new("Al"), FaceURL: new("a.png")}})
	}))
	f.create("g", chat.Public)
	f.send(f.say("g", "first"))
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
	f.must(err)
	f.must(f.groups.Update(f.Context(), f.client("alice"), "g", "", &group.Profile{Name: new("new")}))
	f.must(f.groups.Update(f.Context(), f.client("alice"), "g", "", &group.Profile{MuteAll: new("On")}))
	f.send(f.say("g", "last"))
	got := []string{}
	for _, m := range f.stored("g") {
		if m.Tip == nil {
			got = append(got, text(m.Body.JSON))
			continue
		}
		equal(f, "sender", m.Sender, chat.SystemAccount)
		got = append(got, tipLine(&m))
	}
	equal(f, "messages", got, []string{"first", "tip 1 by administrator bob, 2 members, invited", "tip 6 by alice, 2 members, name=new", "last"})
	equal(f, "how she is shown", f.stored("g")[2].Tip.Operator, chat.Person{UserID: "alice", Nick: "Al", FaceURL: "a.png"})
}
