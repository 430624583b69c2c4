package group_test

import (
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

// TestRememberedSender changes what decides on a sender's messages, one thing
// after the other, while what was true before is remembered.
func TestRememberedSender(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	set := func(p group.Profile) func() {
		return func() { f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &p)) }
	}
	role := func(role chat.Role) func() {
		return func() {
			r := string(role)
			f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: "g", UserID: "bob", Role: &r}))
		}
	}
	for _, step := range []struct {
		name string
		do   func()
		want *chat.Error
		// byClient is what bob is told who sends by himself.
		byClient *chat.Error
	}{
		{name: "at first", do: func() {}},
		{name: "muted", do: func() { f.mute("g", 60, "bob") }, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "still muted", do: func() { f.clock.Advance(59 * time.Second) }, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "mute ended", do: func() { f.clock.Advance(time.Second) }},
		{name: "muted for ever", do: func() { f.mute("g", chat.MuteForever, "bob") }, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "after ten years", do: func() { f.clock.Advance(10 * 365 * 24 * time.Hour) }, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "mute lifted", do: func() { f.mute("g", 0, "bob") }},
		{name: "muted as a member", do: func() {
			f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: "g", UserID: "bob", MuteSeconds: new(uint32(5))}))
		}, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "lifted as a member", do: func() {
			f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: "g", UserID: "bob", MuteSeconds: new(uint32(0))}))
		}},
		{name: "somebody else muted", do: func() { f.mute("g", 60, "carol") }},
		{name: "group muted", do: set(group.Profile{MuteAll: new("On")}), want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "made an administrator of the group", do: role(chat.RoleAdmin)},
		{name: "a member again", do: role(chat.RoleMember), want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "group not muted", do: set(group.Profile{MuteAll: new("Off")})},
		{name: "removed", do: func() {
			f.must(f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "g", UserIDs: []string{"bob"}}))
		}, byClient: chat.ErrNotPermitted},
		{name: "muted while he is no member", do: func() { f.mute("g", 60, "bob") }, want: chat.ErrMuted, byClient: chat.ErrNotPermitted},
		{name: "added again", do: func() {
			_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
			f.must(err)
		}, want: chat.ErrMuted, byClient: chat.ErrMuted},
		{name: "account deleted", do: func() {
			_, err := f.accounts.Delete(f.Context(), f.rest(), []string{"bob"})
			f.must(err)
		}, want: chat.ErrUserNotFound, byClient: chat.ErrUserNotFound},
		{name: "account imported again", do: func() { f.imports("bob") }, byClient: chat.ErrNotPermitted},
		{name: "account deleted that was in no group", do: func() {
			_, err := f.accounts.Delete(f.Context(), f.rest(), []string{"bob"})
			f.must(err)
		}, want: chat.ErrUserNotFound, byClient: chat.ErrUserNotFound},
		{name: "imported and added", do: func() {
			f.imports("bob")
			_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
			f.must(err)
		}},
		{name: "group destroyed", do: func() {
			f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
		}, want: chat.ErrGroupNotFound, byClient: chat.ErrGroupNotFound},
		{name: "made again without him", do: func() { f.create("g", chat.Public, "carol") }, byClient: chat.ErrNotPermitted},
		{name: "made again as another type", do: func() {
			f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
			f.create("g", chat.Private, "bob")
		}},
		{name: "made an administrator of the app", do: func() {
			f.change(func(a *chat.App) { a.Administrators = []string{admin, "bob"} })
			f.must(f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "g", UserIDs: []string{"bob"}}))
		}},
		{name: "no administrator any more, and his account deleted", do: func() {
			f.change(func(a *chat.App) { a.Administrators = []string{admin} })
			_, err := f.accounts.Delete(f.Context(), f.rest(), []string{"bob"})
			f.must(err)
		}, want: chat.ErrUserNotFound, byClient: chat.ErrUserNotFound},
	} {
		step.do()
		for _, by := range []struct {
			how    string
			caller chat.Caller
			want   *chat.Error
		}{{"by REST", f.rest(), step.want}, {"by himself", f.client("bob"), step.byClient}} {
			r := f.say("g", step.name)
			r.From = "bob"
			_, err := f.groups.Send(f.Context(), by.caller, r)
			if by.want == nil {
				if err != nil {
					t.Errorf("%s, %s: %v", step.name, by.how, err)
				}
				continue
			}
			f.refused(step.name+", "+by.how, err, by.want)
		}
	}
}

// TestNeverMuted: a mute does not keep the owner of a group or an administrator
// of the app from sending, however it came about.
func TestNeverMuted(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.mute("g", chat.MuteForever, "bob")
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{MuteAll: new("On")}))
	for _, id := range []string{"alice", admin} {
		r := f.say("g", "hello")
		r.From = id
		f.send(r)
	}
	f.change(func(a *chat.App) { a.Administrators = []string{admin, "bob"} })
	r := f.say("g", "hello")
	r.From = "bob"
	f.send(r)
}
