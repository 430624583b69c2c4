package webhook

import (
	"reflect"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// row ties an event to the webhook command that tells of it. A new webhook is a
// row here, with its event and its body.
type row struct {
	command callback.Command
	event   reflect.Type
	body    func(event.Event) callback.Body
}

var table = []row{
	on(callback.CommandGroupBeforeSendMsg, groupBeforeSendMsg),
	on(callback.CommandGroupAfterSendMsg, groupAfterSendMsg),
	on(callback.CommandGroupSendMsgException, groupSendMsgException),
	on(callback.CommandGroupAfterRecallMsg, groupAfterRecallMsg),
	on(callback.CommandGroupAfterReadReceipt, groupAfterReadReceipt),
	on(callback.CommandGroupBeforeCreateGroup, groupBeforeCreate),
	on(callback.CommandGroupAfterCreateGroup, groupAfterCreate),
	on(callback.CommandGroupBeforeApplyJoinGroup, groupBeforeApply),
	on(callback.CommandGroupBeforeInviteJoinGroup, groupBeforeInvite),
	on(callback.CommandGroupAfterNewMemberJoin, groupAfterJoin),
	on(callback.CommandGroupAfterMemberExit, groupAfterExit),
	on(callback.CommandGroupAfterGroupFull, groupAfterFull),
	on(callback.CommandGroupAfterGroupDestroyed, groupAfterDestroyed),
	on(callback.CommandGroupAfterGroupInfoChanged, groupAfterInfoChanged),
	on(callback.CommandGroupAfterMemberFieldChanged, groupAfterMemberChanged),
	on(callback.CommandGroupAfterChangeGroupOwner, groupAfterOwnerChanged),
	on(callback.CommandGroupBeforeCreateTopic, groupBeforeCreateTopic),
	on(callback.CommandGroupAfterCreateTopic, groupAfterCreateTopic),
	on(callback.CommandGroupAfterTopicDestroyed, groupAfterTopicDestroyed),
	on(callback.CommandGroupAfterTopicInfoChanged, groupAfterTopicInfoChanged),
	on(callback.CommandGroupOnMemberStateChange, groupOnStateChange),
	on(callback.CommandGroupAfterGroupAttrChanged, groupAfterAttrChanged),
	on(callback.CommandGroupAfterGroupMsgExtension, groupAfterMsgExtension),
	on(callback.CommandC2CBeforeSendMsg, c2cBeforeSendMsg),
	on(callback.CommandC2CAfterSendMsg, c2cAfterSendMsg),
	on(callback.CommandC2CAfterMsgReport, c2cAfterMsgReport),
	on(callback.CommandC2CAfterMsgWithdraw, c2cAfterMsgWithdraw),
	on(callback.CommandC2CAfterC2CMsgExtension, c2cAfterMsgExtension),
	on(callback.CommandOfficialAccountBeforeSendMsg, officialBeforeSendMsg),
	on(callback.CommandOfficialAccountAfterSendMsg, officialAfterSendMsg),
	on(callback.CommandOfficialAccountAfterMsgWithdraw, officialAfterMsgWithdraw),
	on(callback.CommandStateChange, stateChange),
	on(callback.CommandProfilePortraitSet, profilePortraitSet),
	on(callback.CommandSNSPrevFriendAdd, snsPrevFriendAdd),
	on(callback.CommandSNSPrevFriendResponse, snsPrevFriendResponse),
	on(callback.CommandSNSFriendAdd, snsFriendAdd),
	on(callback.CommandSNSFriendDelete, snsFriendDelete),
	on(callback.CommandSNSBlackListAdd, snsBlackListAdd),
	on(callback.CommandSNSBlackListDelete, snsBlackListDelete),
	on(callback.CommandFollowAfterFollowAdd, followAfterFollowAdd),
	on(callback.CommandFollowAfterFollowDelete, followAfterFollowDelete),
}

func on[E event.Event](command callback.Command, body func(E) callback.Body) row {
	return row{
		command: command,
		event:   reflect.TypeFor[E](),
		body:    func(e event.Event) callback.Body { return body(e.(E)) }, //nolint:forcetypeassert,errcheck // the row is found by this type
	}
}

var rows = func() map[reflect.Type]row {
	m := make(map[reflect.Type]row, len(table))
	for _, r := range table {
		m[r.event] = r
	}
	return m
}()

// refusals are what a caller is told when the app's backend refuses without a code
// of its own, where that is not chat.ErrRefusedByApp.
var refusals = map[callback.Command]*chat.Error{
	callback.CommandC2CBeforeSendMsg:      chat.ErrPairRefusedByApp,
	callback.CommandSNSPrevFriendAdd:      chat.ErrFriendRefusedByApp,
	callback.CommandSNSPrevFriendResponse: chat.ErrFriendRefusedByApp,
}

func refusalOf(command callback.Command) *chat.Error {
	if refusal, ok := refusals[command]; ok {
		return refusal
	}
	return chat.ErrRefusedByApp
}

// Commands are the webhooks that can be switched on, in the order of the table.
func Commands() []callback.Command {
	commands := make([]callback.Command, 0, len(table))
	for _, r := range table {
		commands = append(commands, r.command)
	}
	return commands
}
