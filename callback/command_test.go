package callback_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	want := []callback.Command{
		"Group.CallbackBeforeSendMsg",
		"Group.CallbackAfterSendMsg",
		"Group.CallbackSendMsgException",
		"Group.CallbackAfterRecallMsg",
		"Group.CallbackAfterReadReceipt",
		"Group.CallbackBeforeCreateGroup",
		"Group.CallbackAfterCreateGroup",
		"Group.CallbackBeforeApplyJoinGroup",
		"Group.CallbackBeforeInviteJoinGroup",
		"Group.CallbackAfterNewMemberJoin",
		"Group.CallbackAfterMemberExit",
		"Group.CallbackAfterGroupFull",
		"Group.CallbackAfterGroupDestroyed",
		"Group.CallbackAfterGroupInfoChanged",
		"Group.CallbackAfterMemberFieldChanged",
		"Group.CallbackAfterChangeGroupOwner",
		"Group.CallbackBeforeCreateTopic",
		"Group.CallbackAfterCreateTopic",
		"Group.CallbackAfterTopicDestroyed",
		"Group.CallbackAfterTopicInfoChanged",
		"Group.CallbackOnMemberStateChange",
		"Group.CallbackAfterGroupAttrChanged",
		"Group.CallbackAfterGroupMsgExtension",
		"C2C.CallbackBeforeSendMsg",
		"C2C.CallbackAfterSendMsg",
		"C2C.CallbackAfterMsgReport",
		"C2C.CallbackAfterMsgWithDraw",
		"C2C.CallbackAfterC2CMsgExtension",
		"OfficialAccount.CallbackBeforeSendMsg",
		"OfficialAccount.CallbackAfterSendMsg",
		"OfficialAccount.CallbackAfterMsgWithDraw",
		"State.StateChange",
		"Profile.CallbackPortraitSet",
		"Sns.CallbackPrevFriendAdd",
		"Sns.CallbackPrevFriendResponse",
		"Sns.CallbackFriendAdd",
		"Sns.CallbackFriendDelete",
		"Sns.CallbackBlackListAdd",
		"Sns.CallbackBlackListDelete",
		"Follow.CallbackAfterFollowAdd",
		"Follow.CallbackAfterFollowDelete",
		"Parley.Ping",
	}
	if diff := cmp.Diff(want, callback.Commands()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	for _, command := range callback.Commands() {
		if command.IsBefore() == command.IsAfter() {
			t.Errorf("%s: before %t, after %t", command, command.IsBefore(), command.IsAfter())
		}
		if got := command.NewBody().Command(); got != command {
			t.Errorf("%s has the body of %s", command, got)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	const command callback.Command = "Alert.RequestOverLimit"
	if command.IsBefore() || command.IsAfter() || command.PassesOn(10100) || command.NewBody() != nil {
		t.Errorf("%s is known", command)
	}
}

func TestPassesOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		command callback.Command
		code    int
		want    bool
	}{
		{callback.CommandGroupBeforeSendMsg, 0, false},
		{callback.CommandGroupBeforeSendMsg, 10099, false},
		{callback.CommandGroupBeforeSendMsg, 10100, true},
		{callback.CommandGroupBeforeSendMsg, 10200, true},
		{callback.CommandGroupBeforeSendMsg, 10201, false},
		{callback.CommandGroupBeforeInviteJoinGroup, 10100, true},
		{callback.CommandGroupAfterNewMemberJoin, 10100, false},
		{callback.CommandOfficialAccountBeforeSendMsg, 120000, false},
		{callback.CommandOfficialAccountBeforeSendMsg, 120001, true},
		{callback.CommandOfficialAccountBeforeSendMsg, 130000, true},
		{callback.CommandOfficialAccountBeforeSendMsg, 130001, false},
		{callback.CommandSNSPrevFriendAdd, 37999, false},
		{callback.CommandSNSPrevFriendAdd, 38000, true},
		{callback.CommandSNSPrevFriendResponse, 39000, true},
		{callback.CommandSNSPrevFriendResponse, 39001, false},
		{callback.CommandGroupAfterSendMsg, 0, false},
	} {
		if got := test.command.PassesOn(test.code); got != test.want {
			t.Errorf("%s, %d: got %t, want %t", test.command, test.code, got, test.want)
		}
	}
}
