package gateway_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// notes are what went over the wire, for a golden file.
type notes struct {
	*fixture

	lines []string
}

// moments are times that golden leaves as they are.
var moments = regexp.MustCompile(`("(AddTime|AddBlackTimeStamp|FollowTime|ReportTime)":|"Tag_SNS_IM_AddTime","Value":)\d+`)

func (n *notes) add(what, text string) {
	n.lines = append(n.lines, what+": "+moments.ReplaceAllString(text, `$1"?"`))
}

// call makes a request and notes its answer.
func (n *notes) call(c *testkit.Client, servcmd string, body fields) {
	n.Helper()
	var answer json.RawMessage
	n.must(c.Call(n.context(), servcmd, body, &answer))
	n.add(servcmd, string(answer))
}

// push waits for a push of a kind and notes it.
func (n *notes) push(who string, c *testkit.Client, kind int) {
	n.Helper()
	n.add(who, n.next(c, kind))
}

func (n *notes) save(name string) { golden(n.fixture, name, n.lines) }

// users makes accounts.
func (f *fixture) users(ids ...string) {
	f.Helper()
	for _, id := range ids {
		f.must(account.New(f.store).Import(f.Context(), f.rest(), chat.AccountUpdate{UserID: id}))
	}
}

// TestProfileWire: profiles, on the wire.
func TestProfileWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	n := &notes{fixture: f}
	alice, other, bob := f.login("alice"), f.login("alice"), f.login("bob")
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return errors.Join(
			tx.PutFriend(f.Context(), testkit.SDKAppID, "bob", &chat.Friend{UserID: "alice"}),
			tx.CreateOfficial(f.Context(), testkit.SDKAppID, &chat.OfficialAccount{ID: "@TOA#_news", Name: "News", FaceURL: "https://example.com/n.png"}))
	}))
	n.call(alice, "profile.portrait_set", fields{"From_Account": "alice", "ProfileItem": []fields{
		{"Tag": chat.TagNick, "Value": "Al <爱>"}, {"Tag": chat.TagLevel, "Value": 7}, {"Tag": "Tag_Profile_Custom_Colour", "Value": "green"},
	}})
	n.push("a friend", bob, 8)
	n.push("another instance", other, 8)
	n.call(bob, "profile.portrait_get_all", fields{"From_Account": "bob", "UserItem": []fields{
		{"To_Account": "alice"}, {"To_Account": "nobody"}, {"To_Account": "@TOA#_news"}, {"To_Account": "bob"},
	}})
	nick := "Alice"
	f.must(account.New(f.store).Import(f.Context(), f.rest(), chat.AccountUpdate{UserID: "alice", Nick: &nick}))
	n.push("an import", alice, 8)
	f.users("alice")
	f.refused("somebody else's profile", alice.Call(f.context(), "profile.portrait_set", fields{
		"From_Account": "bob", "ProfileItem": []fields{{"Tag": chat.TagNick, "Value": "x"}},
	}, nil), chat.ErrProfileNotPermitted)
	f.refused("no value", alice.Call(f.context(), "profile.portrait_set", fields{"ProfileItem": []fields{{"Tag": chat.TagNick}}}, nil), chat.ErrProfileType)
	f.refused("a body of another form", alice.Call(f.context(), "profile.portrait_set", fields{"ProfileItem": 7}, nil), chat.ErrProfileParameter)
	n.save("profile.txt")
}

// TestFriendWire: friends and requests to be friends, on the wire.
func TestFriendWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	n := &notes{fixture: f}
	alice, bob, carol := f.login("alice"), f.login("bob"), f.login("carol")
	n.call(carol, "profile.portrait_set", fields{"ProfileItem": []fields{
		{"Tag": chat.TagAllowType, "Value": chat.NeedConfirm}, {"Tag": chat.TagNick, "Value": "Caro"},
	}})
	n.call(alice, "sns.friend_add", fields{"From_Account": "alice", "AddType": "Add_Type_Both", "AddFriendItem": []fields{
		{"To_Account": "bob", "AddSource": "AddSource_Type_Web", "AddWording": "hi", "Remark": "Bobby", "GroupName": "Work"},
		{"To_Account": "carol", "AddSource": "AddSource_Type_Web", "AddWording": "please"},
		{"To_Account": "nobody", "AddSource": "AddSource_Type_Web"},
	}})
	n.push("alice, request", alice, 7)
	n.push("carol, request", carol, 7)
	n.push("alice, friend", alice, 7)
	n.push("bob, friend", bob, 7)
	n.call(carol, "sns.pendency_get", fields{"PendencyType": "Pendency_Type_Both", "StartTime": 0, "MaxLimited": 100, "LastSequence": 0})
	n.call(alice, "sns.pendency_get", fields{"PendencyType": "Pendency_Type_SendOut", "StartTime": 0, "MaxLimited": 100, "LastSequence": 0})
	n.call(carol, "sns.pendency_report", fields{"LatestPendencyTimeStamp": 1})
	n.push("carol, read", carol, 7)
	n.call(carol, "sns.friend_response", fields{"ResponseFriendItem": []fields{
		{"To_Account": "alice", "Remark": "Al", "TagName": "", "ResponseAction": "Response_Action_AgreeAndAdd"}, {"To_Account": "bob", "ResponseAction": "Response_Action_Agree"},
	}})
	n.push("alice, accepted", alice, 7)
	n.push("alice, request ended", alice, 7)
	n.push("carol, accepted", carol, 7)
	n.push("carol, request ended", carol, 7)
	n.call(alice, "sns.friend_get", fields{"StartIndex": 0, "StandardSequence": 0, "CustomSequence": 0})
	n.call(alice, "sns.friend_get_specified", fields{"To_Account": []string{"carol", "nobody"}})
	n.call(alice, "sns.friend_check", fields{"To_Account": []string{"bob", "nobody", "alice"}, "CheckType": "CheckResult_Type_Both"})
	n.call(alice, "sns.friend_update", fields{"UpdateItem": []fields{{"To_Account": "bob", "SnsItem": []fields{
		{"Tag": chat.TagRemark, "Value": "Bob"}, {"Tag": chat.TagFriendGroups, "Value": []string{}}, {"Tag": "Tag_SNS_Custom_A", "Value": 7},
	}}}})
	n.push("alice, changed", alice, 7)
	n.call(alice, "sns.friend_delete", fields{"To_Account": []string{"bob", "nobody"}, "DeleteType": "Delete_Type_Both"})
	n.push("alice, deleted", alice, 7)
	n.push("bob, deleted", bob, 7)

	sns := chat.ErrRelationParameter
	for command, body := range map[string]fields{
		"friend_add":      {"AddFriendItem": []fields{{"To_Account": "bob"}}, "AddType": "Add_Type_Some"},
		"friend_delete":   {"To_Account": []string{"bob"}, "DeleteType": "All"},
		"friend_check":    {"To_Account": []string{"bob"}, "CheckType": "All"},
		"friend_update":   {"UpdateItem": []fields{{"To_Account": "bob", "SnsItem": []fields{{"Tag": chat.TagAddTime, "Value": 1}}}}},
		"group_update":    {"GroupOldName": "Work", "UpdateGroupItem": []fields{{"To_Account": "carol", "UpdateType": "?"}}},
		"pendency_delete": {"To_Account": []string{}},
		"black_list_add":  {"To_Account": "bob"},
	} {
		f.refused(command, alice.Call(f.context(), "sns."+command, body, nil), sns)
	}
	n.save("friend.txt")
}

// TestFriendListWire: groups of friends, the black list and follows, on the wire.
func TestFriendListWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	n := &notes{fixture: f}
	alice, bob := f.login("alice"), f.login("bob")
	f.users("carol")
	n.call(alice, "sns.friend_add", fields{"AddFriendItem": []fields{{"To_Account": "bob", "AddSource": "AddSource_Type_Web"}}})
	n.push("alice, friend", alice, 7)
	n.push("bob, friend", bob, 7)
	n.call(alice, "sns.group_add", fields{"GroupName": []string{"Work"}, "To_Account": []string{"bob", "carol"}})
	n.push("alice, group", alice, 7)
	n.call(alice, "sns.group_update", fields{"GroupOldName": "Work", "GroupNewName": "Job"})
	n.call(alice, "sns.group_update", fields{"GroupOldName": "Job", "UpdateGroupItem": []fields{
		{"To_Account": "bob", "UpdateType": "Update_Type_Delete"}, {"To_Account": "carol", "UpdateType": "Update_Type_Add"},
	}})
	n.call(alice, "sns.group_get", fields{"LastSequence": 0, "NeedFriend": "Need_Friend_Type_Yes"})
	n.call(alice, "sns.group_delete", fields{"GroupName": []string{"Job"}})
	n.push("alice, renamed", alice, 7)
	n.push("alice, taken out", alice, 7)

	n.call(alice, "sns.black_list_add", fields{"To_Account": []string{"bob", "nobody"}})
	n.push("alice, friend gone", alice, 7)
	n.push("alice, blocked", alice, 7)
	n.push("bob, friend gone", bob, 7)
	n.call(alice, "sns.black_list_get", fields{"StartIndex": 0, "MaxLimited": 1000})
	n.call(alice, "sns.black_list_delete", fields{"To_Account": []string{"bob"}})
	n.push("alice, no more blocked", alice, 7)

	n.call(bob, "follow.follow_add", fields{"FollowItem": []fields{{"To_Account": "alice"}}})
	n.push("bob, following", bob, 22)
	n.push("alice, followed", alice, 22)
	n.call(alice, "follow.follow_add", fields{"FollowItem": []fields{{"To_Account": "bob"}, {"To_Account": "nobody"}}})
	n.push("alice, following", alice, 22)
	n.push("bob, followed", bob, 22)
	n.call(alice, "follow.follow_get", fields{"FollowType": 3, "StartCursor": "", "WantNum": 100})
	n.call(alice, "follow.follow_get_info", fields{"To_Account": []string{"alice", "nobody"}})
	n.call(alice, "follow.follow_check", fields{"To_Account": []string{"bob", "carol"}})
	n.call(alice, "follow.follow_delete", fields{"To_Account": []string{"bob"}})
	n.push("alice, no more following", alice, 22)
	f.refused("a cursor of nobody", alice.Call(f.context(), "follow.follow_get", fields{"FollowType": 1, "StartCursor": "x"}, nil), chat.ErrRelationParameter)
	n.save("friend_list.txt")
}

// TestDeletedAccount: what those who are connected hear of a deletion.
func TestDeletedAccount(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	alice, bob := f.login("alice"), f.login("bob")
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.PutFriend(f.Context(), testkit.SDKAppID, "bob", &chat.Friend{UserID: "alice"})
	}))
	results, err := account.New(f.store).Delete(f.Context(), f.rest(), []string{"alice"})
	f.must(err)
	equal(f, "what became of it", results, map[string]*chat.Error{"alice": nil})
	equal(f, "what a friend hears", f.next(bob, 7), `{"Event":7,"FriendListMod":[{"PushType":2,"From_Account":"bob","FriendDel_Account":["alice"]}]}`)
	if _, err := alice.WaitPush(f.context(), func(e *testkit.Event) bool { return e.Servcmd == "im_open_status.stat_forceoffline" }); err != nil {
		t.Error(err)
	}
	f.refused("a request of an account that is gone", alice.Call(f.context(), "sns.friend_get", fields{}, nil), chat.ErrSessionEnded)
}

// TestUserStatus: who hears of whose status.
func TestUserStatus(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	n := &notes{fixture: f}
	alice, bob := f.login("alice"), f.login("bob")
	f.users("carol")
	n.call(alice, "im_open_status.ws_get_user_status", fields{"To_Account": []string{"bob", "carol", "nobody"}})
	n.call(alice, "im_open_status.ws_status_subscribe", fields{"To_Account": []string{"bob", "carol", "nobody"}})
	n.call(bob, "im_open_status.ws_set_custom_status", fields{"CustomStatus": "忙"})
	n.push("a new status", alice, 19)
	second := f.login("bob")
	n.push("a second instance", alice, 19)
	n.call(second, "im_open_status.ws_set_custom_status", fields{"CustomStatus": "busy"})
	n.push("a newer status", alice, 19)
	n.push("the user's other instance", bob, 19)
	f.must(second.Logout(f.context())) // bob is still there
	f.must(bob.Logout(f.context()))
	n.push("the last one logged out", alice, 19)
	n.call(alice, "im_open_status.ws_get_user_status", fields{"To_Account": []string{"bob"}})
	bob = f.login("bob")
	n.push("back again", alice, 19)
	bob.Close()
	n.push("closed", alice, 19)
	n.call(alice, "im_open_status.ws_get_user_status", fields{"To_Account": []string{"bob"}})

	n.call(alice, "im_open_status.ws_status_unsubscribe", fields{"To_Account": []string{"bob"}})
	bob = f.login("bob")
	carol := f.login("carol")
	n.push("one who is still watched", alice, 19)
	n.call(alice, "im_open_status.ws_status_unsubscribe", fields{"UnsubscribeAll": 1})
	n.call(alice, "im_open_status.ws_set_custom_status", fields{"CustomStatus": "alone"})
	for who, c := range map[string]*testkit.Client{"alice": alice, "bob": bob, "carol": carol} {
		for _, e := range c.Events() {
			if e.Event == 19 {
				t.Errorf("%s hears %s", who, e.Raw)
			}
		}
	}
	f.refused("too long", alice.Call(f.context(), "im_open_status.ws_set_custom_status", fields{"CustomStatus": string(make([]byte, 101))}, nil), chat.ErrAccountParameter)
	f.refused("nobody", alice.Call(f.context(), "im_open_status.ws_get_user_status", fields{"To_Account": []string{}}, nil), chat.ErrAccountParameter)
	f.refused("too many", alice.Call(f.context(), "im_open_status.ws_status_subscribe", fields{"To_Account": make([]string, 501)}, nil), chat.ErrAccountBatch)
	n.save("user_status.txt")
}

// TestSubscriptionsLast: a client subscribes once, whatever becomes of the server.
func TestSubscriptionsLast(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.users("bob")
	alice := f.login("alice")
	f.must(alice.Call(f.context(), "im_open_status.ws_status_subscribe", fields{"To_Account": []string{"bob"}}, nil))
	session := alice.Session()
	alice.Close()
	f.restart()
	again := testkit.NewClient(f, f.options("alice", time.Hour))
	again.Resume(session)
	f.must(again.Reconnect(f.context()))
	f.login("bob")
	equal(f, "what is heard", f.next(again, 19), `{"Event":19,"UserStatusList":[{"To_Account":"bob","Status":1,"CustomStatus":""}]}`)
}
