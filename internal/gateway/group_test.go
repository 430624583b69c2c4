package gateway_test

import (
	"encoding/json"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/testkit"
)

const groupService = "group_open_http_svc."

// tries makes a request that is to be refused and notes the answer.
func (n *notes) tries(c *testkit.Client, servcmd string, body fields, want *chat.Error) {
	n.Helper()
	var answer json.RawMessage
	n.refused(servcmd, c.Call(n.context(), servcmd, body, &answer), want)
}

// TestGroupWire: the life of a group, on the wire.
func TestGroupWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.users("alice", "bob", "carol")
	n := &notes{fixture: f}
	alice, bob, carol := f.login("alice"), f.login("bob"), f.login("carol")

	n.call(alice, groupService+"create_group", fields{
		"Type": "Public", "GroupId": "g", "Name": "walkers", "Introduction": "we walk", "ApplyJoinOption": "FreeAccess", "WebPushFlag": 1,
		"MemberList": []fields{{"Member_Account": "carol", "Role": "Admin"}, {"Member_Account": "ghost"}}, "AppDefinedData": []fields{{"Key": "k", "Value": "v"}},
	})
	n.push("carol is told", carol, 5)
	n.call(alice, groupService+"create_group", fields{"Type": "AVChatRoom", "GroupId": "room", "Name": "room"})
	n.call(alice, groupService+"get_joined_group_list", fields{"Member_Account": "alice", "Limit": 200, "Offset": 0, "SupportTopic": 0})
	n.call(alice, "million_group_open_http_svc.get_joined_group_list", fields{"Limit": 200, "Offset": 0})
	n.call(bob, groupService+"get_group_public_info", fields{"GroupIdList": []string{"g", "unknown"}})

	n.call(bob, groupService+"apply_join_group", fields{"GroupId": "g", "ApplyMsg": "hi"})
	n.push("bob sees himself join", bob, 4)
	n.push("alice sees bob join", alice, 4)
	n.call(bob, groupService+"apply_join_group", fields{"GroupId": "room"})
	n.push("bob enters the room", bob, 4)
	n.call(bob, groupService+"get_group_self_member_info", fields{"GroupIdList": []string{"g"}})
	n.call(bob, groupService+"get_group_member_info", fields{"GroupId": "g", "Limit": 2, "Offset": 0})
	n.call(bob, groupService+"get_group_member_info", fields{"GroupId": "g", "MemberRoleFilter": []string{"Member"}})
	n.call(bob, groupService+"get_specified_group_member_info", fields{"GroupId": "g", "Member_List_Account": []string{"carol", "ghost"}})
	n.call(bob, groupService+"get_online_member_num", fields{"GroupId": "g"})

	n.call(alice, groupService+"modify_group_base_info", fields{"GroupId": "g", "Name": "hikers", "FaceUrl": ""})
	n.push("the name", bob, 4)
	n.call(alice, groupService+"modify_group_base_info", fields{"GroupId": "g", "ShutUpAllMember": "On", "AppDefinedData": []fields{{"Key": "k", "Value": "w"}}})
	n.push("the silence", bob, 6)
	n.call(alice, groupService+"modify_group_member_info", fields{"GroupId": "g", "Member_Account": "bob", "Role": "Admin"})
	n.push("the role", bob, 4)
	n.push("his role", bob, 5)
	n.call(alice, groupService+"modify_group_member_info", fields{"GroupId": "g", "Member_Account": "carol", "ShutUpTime": 60})
	n.push("the mute", bob, 4)
	n.call(alice, groupService+"modify_group_member_info", fields{"GroupId": "g", "Member_Account": "alice", "NameCard": "A."})
	n.call(alice, groupService+"change_group_owner", fields{"GroupId": "g", "NewOwner_Account": "bob"})
	n.push("the owner", bob, 4)

	n.call(bob, groupService+"delete_group_member", fields{"GroupId": "g", "MemberToDel_Account": []string{"carol"}, "Reason": "why"})
	n.push("carol is removed", bob, 4)
	n.call(alice, groupService+"quit_group", fields{"GroupId": "g"})
	n.push("alice quits", bob, 4)
	f.ask(alice, "apply_join_group", fields{"GroupId": "g"})
	n.call(bob, groupService+"destroy_group", fields{"GroupId": "g"})
	n.push("the end", alice, 5)
	n.tries(bob, groupService+"quit_group", fields{"GroupId": "g"}, chat.ErrGroupNotFound)
	n.call(alice, groupService+"destroy_group", fields{"GroupId": "room"})
	n.push("the end of the room", bob, 5)
	n.save("group.txt")
}

// TestApplicationWire: applications and invitations, on the wire.
func TestApplicationWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	f.users("carol", "dave", "erin")
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{ApplyJoinOption: new("NeedPermission"), InviteJoinOption: new("NeedPermission")}))
	n := &notes{fixture: f}
	alice, bob, carol, dave := f.login("alice"), f.login("bob"), f.login("carol"), f.login("dave")

	n.call(carol, groupService+"apply_join_group", fields{"GroupId": "g", "ApplyMsg": "please"})
	n.push("alice is asked", alice, 5)
	n.call(dave, groupService+"apply_join_group", fields{"GroupId": "g"})
	n.call(bob, groupService+"add_group_member", fields{"GroupId": "g", "MemberList": []fields{{"Member_Account": "erin"}, {"Member_Account": "alice"}, {"Member_Account": "ghost"}}})
	n.call(alice, groupService+"get_pendency", fields{"StartTime": 0, "Limit": 50, "Handle_Account": "alice"})
	n.call(alice, "million_group_open_http_svc.get_pendency", fields{"StartTime": 0, "Limit": 50})

	n.tries(bob, groupService+"handle_apply_join_group", fields{"GroupId": "g", "Applicant_Account": "carol", "HandleMsg": "Agree"}, chat.ErrNotPermitted)
	n.tries(alice, groupService+"handle_apply_join_group", fields{"GroupId": "g", "Applicant_Account": "carol", "HandleMsg": "Perhaps"}, chat.ErrParameter)
	n.call(alice, groupService+"handle_apply_join_group", fields{"GroupId": "g", "Applicant_Account": "carol", "HandleMsg": "Agree", "ApprovalMsg": "welcome", "MsgKey": 1})
	n.push("carol is in", carol, 5)
	n.push("all see her", bob, 4)
	n.tries(alice, groupService+"handle_apply_join_group", fields{"GroupId": "g", "Applicant_Account": "carol", "HandleMsg": "Agree"}, chat.ErrAlreadyHandled)
	n.call(alice, groupService+"handle_apply_join_group", fields{"GroupId": "g", "Applicant_Account": "dave", "HandleMsg": "Reject", "ApprovalMsg": "sorry"})
	n.push("dave is not", dave, 5)
	n.call(alice, groupService+"handle_invite_join_permission_group", fields{"GroupId": "g", "Applicant_Account": "bob", "Invited_Account": "erin", "HandleMsg": "Agree"})
	n.push("erin is in", bob, 4)
	n.tries(carol, groupService+"handle_invite_join_group", fields{"GroupId": "g", "Inviter_Account": "bob", "HandleMsg": "Agree"}, chat.ErrAlreadyHandled)
	n.save("application.txt")
}

// TestMembersHearTips: who joins hears of it, who is gone hears nothing any more,
// and another client of the one who did it is told apart.
func TestMembersHearTips(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	f.group("g")
	f.users("bob", "carol")
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{ApplyJoinOption: new("FreeAccess")}))
	bob, other, carol := f.login("bob"), f.login("bob"), f.login("carol")
	f.ask(bob, "apply_join_group", fields{"GroupId": "g"})
	f.ask(carol, "apply_join_group", fields{"GroupId": "g"})
	kinds := func(c *testkit.Client, last string) []string {
		var got []string
		for len(got) == 0 || got[len(got)-1] != last {
			e, err := c.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupTips()) > 0 })
			f.must(err)
			got = append(got, kindOf(f, e))
		}
		return got
	}
	f.ask(bob, "quit_group", fields{"GroupId": "g"})
	f.say("g", "alice", "without bob")
	equal(f, "carol", kinds(carol, "tip 2 bob"), []string{"tip 1 carol", "tip 2 bob"})
	equal(f, "the other client", kinds(other, "notice 8"), []string{"tip 1 bob", "notice 2", "tip 1 carol", "notice 8"})
	f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
	equal(f, "carol in the end", kinds(carol, "notice 5"), []string{"notice 5"})
	left := []string{}
	for _, e := range bob.Events() {
		left = append(left, kindOf(f, e))
	}
	equal(f, "bob", left, []string{"tip 1 bob", "tip 1 carol"})
}

// kindOf says what a tip or a notice tells.
func kindOf(f *fixture, e *testkit.Event) string {
	f.Helper()
	var entry struct {
		GroupTips []struct {
			MsgBody struct {
				OpType     int      `json:"OpType"`
				ReportType int      `json:"ReportType"`
				List       []string `json:"List_Account"`
			} `json:"MsgBody"`
		} `json:"GroupTips"`
	}
	f.must(json.Unmarshal(e.Raw, &entry))
	if len(entry.GroupTips) != 1 {
		return "other"
	}
	body := entry.GroupTips[0].MsgBody
	if body.OpType > 0 {
		text := "tip " + string(rune('0'+body.OpType))
		for _, id := range body.List {
			text += " " + id
		}
		return text
	}
	return "notice " + string(rune('0'+body.ReportType))
}
