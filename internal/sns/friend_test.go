package sns_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/store"
)

func TestAddFriends(t *testing.T) {
	t.Parallel()
	waiting := map[string]int{"bob": 30539}
	tests := map[string]struct {
		before func(*fixture)
		single bool
		want   map[string]int
		// mine and theirs say who is in whose list afterwards.
		mine, theirs bool
	}{
		"anybody may be added":              {mine: true, theirs: true},
		"single":                            {single: true, mine: true},
		"he wants to be asked":              {before: func(f *fixture) { f.set("bob", chat.TagAllowType, chat.NeedConfirm) }, want: waiting},
		"single, and he wants to be asked":  {before: func(f *fixture) { f.set("bob", chat.TagAllowType, chat.NeedConfirm) }, single: true, want: waiting},
		"he takes no requests":              {before: func(f *fixture) { f.set("bob", chat.TagAllowType, chat.DenyAny) }, want: map[string]int{"bob": 30516}},
		"he blocks":                         {before: func(f *fixture) { f.block("bob", "alice") }, want: map[string]int{"bob": 30525}},
		"he is blocked":                     {before: func(f *fixture) { f.block("alice", "bob") }, want: map[string]int{"bob": 30515}},
		"both block":                        {before: func(f *fixture) { f.block("alice", "bob"); f.block("bob", "alice") }, want: map[string]int{"bob": 30515}},
		"she must not ask":                  {before: func(f *fixture) { f.set("alice", chat.TagAdminForbidType, chat.ForbidSendOut) }, want: map[string]int{"bob": 30009}},
		"they are friends already":          {before: func(f *fixture) { f.add("alice", "bob") }, mine: true, theirs: true},
		"the app refuses":                   {before: func(f *fixture) { f.hooks.Answer(event.Answer{Refusals: sns.Outcome{"bob": {Code: 38001}}}) }, want: map[string]int{"bob": 38001}},
		"the app refuses somebody else":     {before: func(f *fixture) { f.hooks.Answer(event.Answer{Refusals: sns.Outcome{"carol": {Code: 38001}}}) }, want: map[string]int{"carol": 38001}, mine: true, theirs: true},
		"he has her in his list and denies": {before: func(f *fixture) { one(f, "bob", "alice"); f.set("bob", chat.TagAllowType, chat.DenyAny) }, mine: true, theirs: true},
		"he has asked her": {before: func(f *fixture) {
			f.set("alice", chat.TagAllowType, chat.NeedConfirm)
			f.add("bob", "alice")
			f.set("bob", chat.TagAllowType, chat.DenyAny)
		}, single: true, mine: true, theirs: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			if test.before != nil {
				test.before(f)
			}
			o, err := f.sns.AddFriends(t.Context(), f.client("alice"), "alice", wants("bob"), !test.single)
			f.must(err)
			want := test.want
			if want == nil {
				want = map[string]int{}
			}
			equal(f, "who is refused", codes(o), want)
			equal(f, "alice has bob", len(f.friends("alice")) == 1, test.mine)
			equal(f, "bob has alice", len(f.friends("bob")) == 1, test.theirs)
			if want["bob"] == 30539 {
				equal(f, "what waits", f.pendencies("bob"), []string{"alice asks bob"})
			} else {
				equal(f, "what waits", f.pendencies("bob"), []string{})
			}
		})
	}
}

// one puts a user into the list of another, and not the other way round.
func one(f *fixture, owner, friend string) {
	f.Helper()
	o, err := f.sns.AddFriends(f.Context(), f.client(owner), owner, wants(friend), false)
	f.must(err)
	equal(f, "who is refused", codes(o), map[string]int{})
}

func TestAddSeveralFriends(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.set("carol", chat.TagAllowType, chat.NeedConfirm)
	friends := wants("bob", "carol", "nobody", "alice", "bob")
	friends[0].Remark, friends[0].Group, friends[0].AddWording = "Bobby", "Work", "hello"
	o, err := f.sns.AddFriends(t.Context(), f.client("alice"), "alice", friends, true)
	f.must(err)
	equal(f, "who is refused", codes(o), map[string]int{"carol": 30539, "nobody": 30003, "alice": 30001})
	equal(f, "alice's list", f.friends("alice"), []chat.Friend{{
		UserID: "bob", Remark: "Bobby", AddSource: "AddSource_Type_Web", AddWording: "hello", Groups: []string{"Work"},
	}})
	equal(f, "bob's list", f.friends("bob"), []chat.Friend{{UserID: "alice", AddSource: "AddSource_Type_Web", AddWording: "hello"}})
	heard, asked := f.hooks.Take()
	equal(f, "what was heard", heard, []event.Event{
		event.FriendAsked{
			Pendency: chat.Pendency{Asker: "alice", Asked: "carol", AddSource: "AddSource_Type_Web", Both: true}, Person: chat.Person{UserID: "alice"},
		},
		event.FriendsAdded{Initiator: "alice", Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}, {Owner: "bob", Friend: "alice"}}},
	})
	equal(f, "what the app was asked", asked, []event.Event{event.BeforeFriendAdd{Friends: friends, Both: true}})
}

func TestMalformedFriends(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 257))
	for name, friend := range map[string]event.NewFriend{
		"no source":                     {UserID: "bob"},
		"source without prefix":         {UserID: "bob", AddSource: "Web"},
		"source that is too long":       {UserID: "bob", AddSource: "AddSource_Type_Computers"},
		"remark that is too long":       {UserID: "bob", AddSource: "AddSource_Type_Web", Remark: long[:97]},
		"wording that is too long":      {UserID: "bob", AddSource: "AddSource_Type_Web", AddWording: long},
		"name of a group, too long":     {UserID: "bob", AddSource: "AddSource_Type_Web", Group: long[:31]},
		"an official account as friend": {UserID: "@TOA#_news", AddSource: "AddSource_Type_Web"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			o, err := f.sns.AddFriends(t.Context(), f.client("alice"), "alice", []event.NewFriend{friend}, true)
			f.must(err)
			if o[friend.UserID] == nil || (o[friend.UserID].Code != 30001 && o[friend.UserID].Code != 30003) {
				t.Errorf("got %v", o)
			}
			equal(f, "alice's list", f.friendIDs("alice"), []string{})
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx := t.Context()
	for name, err := range map[string]error{
		"nobody":         second(f.sns.AddFriends(ctx, f.client("alice"), "alice", nil, true)),
		"too many":       second(f.sns.AddFriends(ctx, f.client("alice"), "alice", wants(names(101)...), true)),
		"delete nobody":  second(f.sns.DeleteFriends(ctx, f.client("alice"), "alice", nil, true)),
		"block too many": second(f.sns.Block(ctx, f.client("alice"), "alice", names(1001))),
	} {
		if !errors.Is(err, chat.ErrRelationParameter) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"add":      second(f.sns.AddFriends(ctx, f.client("alice"), "bob", wants("carol"), true)),
		"delete":   second(f.sns.DeleteFriends(ctx, f.client("alice"), "bob", []string{"carol"}, true)),
		"update":   second(f.sns.UpdateFriends(ctx, f.client("alice"), "bob", []sns.FriendUpdate{{UserID: "carol"}})),
		"block":    second(f.sns.Block(ctx, f.client("alice"), "bob", []string{"carol"})),
		"group":    f.sns.DeleteGroups(ctx, f.client("alice"), "bob", []string{"g"}),
		"answer":   second(f.sns.AnswerRequests(ctx, f.client("alice"), "bob", []event.FriendResponse{{UserID: "carol", Action: event.Agree}})),
		"withdraw": second(f.sns.DeletePendencies(ctx, f.client("alice"), "bob", []string{"carol"}, true)),
		"follow":   second(f.sns.Follow(ctx, f.client("alice"), "bob", []string{"carol"})),
	} {
		if !errors.Is(err, chat.ErrRelationNotPermitted) {
			t.Errorf("%s for somebody else: got %v", name, err)
		}
	}
	f.hooks.Answer(event.Answer{Refusal: chat.ErrWebhookFailed})
	if err := second(f.sns.AddFriends(ctx, f.client("alice"), "alice", wants("bob"), true)); !errors.Is(err, chat.ErrWebhookFailed) {
		t.Errorf("when the app cannot be asked: got %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFullLists(t *testing.T) {
	t.Parallel()
	f := start(t)
	fill := func(owner string) {
		f.update(func(ctx context.Context, tx store.Tx) error {
			for _, id := range names(chat.MaxFriends) {
				if err := tx.PutFriend(ctx, f.app.SDKAppID, owner, &chat.Friend{UserID: id}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	fill("bob")
	equal(f, "into a full list", f.add("alice", "bob"), map[string]int{"bob": 30014})
	equal(f, "from a full list", f.add("bob", "alice"), map[string]int{"alice": 30010})
	one(f, "alice", "bob")
	page, total, next, err := f.sns.ListFriends(t.Context(), f.client("bob"), "bob", 0)
	f.must(err)
	seen := len(page)
	for next != 0 {
		page, _, next, err = f.sns.ListFriends(t.Context(), f.client("bob"), "bob", next)
		f.must(err)
		seen += len(page)
	}
	equal(f, "all pages", [2]int{seen, total}, [2]int{chat.MaxFriends, chat.MaxFriends})
}

func TestDeleteFriends(t *testing.T) {
	t.Parallel()
	f := start(t)
	equal(f, "added", f.add("alice", "bob", "carol"), map[string]int{})
	one(f, "dave", "alice")
	f.hooks.Take()
	o, err := f.sns.DeleteFriends(t.Context(), f.client("alice"), "alice", []string{"bob", "dave", "nobody"}, false)
	f.must(err)
	equal(f, "no friends", codes(o), map[string]int{"dave": 31704, "nobody": 31704})
	equal(f, "alice's list", f.friendIDs("alice"), []string{"carol"})
	equal(f, "bob's list", f.friendIDs("bob"), []string{"alice"})
	o, err = f.sns.DeleteFriends(t.Context(), f.client("alice"), "alice", []string{"bob", "carol", "dave"}, true)
	f.must(err)
	equal(f, "nobody is refused", codes(o), map[string]int{})
	for _, user := range []string{"alice", "bob", "carol", "dave"} {
		equal(f, user+"'s list", f.friendIDs(user), []string{})
	}
	equal(f, "what was heard", f.heard(), []event.Event{
		event.FriendsDeleted{Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}}},
		event.FriendsDeleted{Pairs: []event.FriendPair{
			{Owner: "bob", Friend: "alice"}, {Owner: "alice", Friend: "carol"}, {Owner: "carol", Friend: "alice"}, {Owner: "dave", Friend: "alice"},
		}},
	})
}

func TestUpdateFriends(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.add("alice", "bob")
	f.hooks.Take()
	remark, groups := "Bobby", []string{"Work", "Club", "Work"}
	long := string(make([]byte, chat.MaxRemarkBytes+1))
	o, err := f.sns.UpdateFriends(t.Context(), f.client("alice"), "alice", []sns.FriendUpdate{
		{UserID: "bob", Remark: &remark, Groups: &groups, Custom: []chat.Field{{Tag: "Tag_SNS_Custom_A", Value: int64(1)}}},
		{UserID: "carol", Remark: &remark},
	})
	f.must(err)
	equal(f, "who is refused", codes(o), map[string]int{"carol": 30001})
	want := chat.Friend{UserID: "bob", AddSource: "AddSource_Type_Web", Remark: "Bobby", Groups: []string{"Club", "Work"}, Custom: map[string]any{"Tag_SNS_Custom_A": int64(1)}}
	equal(f, "alice's list", f.friends("alice"), []chat.Friend{want})
	equal(f, "what was heard", f.heard(), []event.Event{event.FriendsUpdated{Changes: []event.FriendChange{{UserID: "bob", Fields: []chat.Field{
		{Tag: chat.TagRemark, Value: "Bobby"}, {Tag: chat.TagFriendGroups, Value: []string{"Work", "Club"}}, {Tag: "Tag_SNS_Custom_A", Value: int64(1)},
	}}}}})
	many := names(chat.MaxFriendGroups - 1)
	for name, u := range map[string]sns.FriendUpdate{"remark that is too long": {Remark: &long}, "too many groups": {Groups: &many}, "a group without name": {Groups: &[]string{""}}} {
		u.UserID = "bob"
		o, err := f.sns.UpdateFriends(t.Context(), f.client("alice"), "alice", []sns.FriendUpdate{u})
		f.must(err)
		if o["bob"] == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	equal(f, "alice's list stays", f.friends("alice"), []chat.Friend{want})
}

func TestCheckFriends(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.add("alice", "bob")
	one(f, "carol", "alice")
	ties, o, err := f.sns.CheckFriends(t.Context(), f.client("alice"), "alice", []string{"bob", "carol", "dave", "nobody"})
	f.must(err)
	equal(f, "ties", ties, map[string]chat.Tie{"bob": {Mine: true, Theirs: true}, "carol": {Theirs: true}})
	equal(f, "who does not exist", codes(o), map[string]int{"nobody": 30003})
}
