package callback

// Command is the name of a webhook, as in the CallbackCommand of query and body.
type Command string

// The webhooks that Parley sends.
const (
	CommandGroupBeforeSendMsg              Command = "Group.CallbackBeforeSendMsg"
	CommandGroupAfterSendMsg               Command = "Group.CallbackAfterSendMsg"
	CommandGroupSendMsgException           Command = "Group.CallbackSendMsgException"
	CommandGroupAfterRecallMsg             Command = "Group.CallbackAfterRecallMsg"
	CommandGroupAfterReadReceipt           Command = "Group.CallbackAfterReadReceipt"
	CommandGroupBeforeCreateGroup          Command = "Group.CallbackBeforeCreateGroup"
	CommandGroupAfterCreateGroup           Command = "Group.CallbackAfterCreateGroup"
	CommandGroupBeforeApplyJoinGroup       Command = "Group.CallbackBeforeApplyJoinGroup"
	CommandGroupBeforeInviteJoinGroup      Command = "Group.CallbackBeforeInviteJoinGroup"
	CommandGroupAfterNewMemberJoin         Command = "Group.CallbackAfterNewMemberJoin"
	CommandGroupAfterMemberExit            Command = "Group.CallbackAfterMemberExit"
	CommandGroupAfterGroupFull             Command = "Group.CallbackAfterGroupFull"
	CommandGroupAfterGroupDestroyed        Command = "Group.CallbackAfterGroupDestroyed"
	CommandGroupAfterGroupInfoChanged      Command = "Group.CallbackAfterGroupInfoChanged"
	CommandGroupAfterMemberFieldChanged    Command = "Group.CallbackAfterMemberFieldChanged"
	CommandGroupAfterChangeGroupOwner      Command = "Group.CallbackAfterChangeGroupOwner"
	CommandGroupBeforeCreateTopic          Command = "Group.CallbackBeforeCreateTopic"
	CommandGroupAfterCreateTopic           Command = "Group.CallbackAfterCreateTopic"
	CommandGroupAfterTopicDestroyed        Command = "Group.CallbackAfterTopicDestroyed"
	CommandGroupAfterTopicInfoChanged      Command = "Group.CallbackAfterTopicInfoChanged"
	CommandGroupOnMemberStateChange        Command = "Group.CallbackOnMemberStateChange"
	CommandGroupAfterGroupAttrChanged      Command = "Group.CallbackAfterGroupAttrChanged"
	CommandGroupAfterGroupMsgExtension     Command = "Group.CallbackAfterGroupMsgExtension"
	CommandC2CBeforeSendMsg                Command = "C2C.CallbackBeforeSendMsg"
	CommandC2CAfterSendMsg                 Command = "C2C.CallbackAfterSendMsg"
	CommandC2CAfterMsgReport               Command = "C2C.CallbackAfterMsgReport"
	CommandC2CAfterMsgWithdraw             Command = "C2C.CallbackAfterMsgWithDraw"
	CommandC2CAfterC2CMsgExtension         Command = "C2C.CallbackAfterC2CMsgExtension"
	CommandOfficialAccountBeforeSendMsg    Command = "OfficialAccount.CallbackBeforeSendMsg"
	CommandOfficialAccountAfterSendMsg     Command = "OfficialAccount.CallbackAfterSendMsg"
	CommandOfficialAccountAfterMsgWithdraw Command = "OfficialAccount.CallbackAfterMsgWithDraw"
	CommandStateChange                     Command = "State.StateChange"
	CommandProfilePortraitSet              Command = "Profile.CallbackPortraitSet"
	CommandSNSPrevFriendAdd                Command = "Sns.CallbackPrevFriendAdd"
	CommandSNSPrevFriendResponse           Command = "Sns.CallbackPrevFriendResponse"
	CommandSNSFriendAdd                    Command = "Sns.CallbackFriendAdd"
	CommandSNSFriendDelete                 Command = "Sns.CallbackFriendDelete"
	CommandSNSBlackListAdd                 Command = "Sns.CallbackBlackListAdd"
	CommandSNSBlackListDelete              Command = "Sns.CallbackBlackListDelete"
	CommandFollowAfterFollowAdd            Command = "Follow.CallbackAfterFollowAdd"
	CommandFollowAfterFollowDelete         Command = "Follow.CallbackAfterFollowDelete"
	CommandPing                            Command = "Parley.Ping"
)

type kind int

const (
	before kind = iota + 1
	after
)

// commandInfo is what the protocol says about a command.
type commandInfo struct {
	name Command
	kind kind

	// The codes of the app's own that a before-webhook may answer.
	minCode, maxCode int

	newBody func() Body
}

// commandTable is the one list of webhooks; a new one is a row here and a file
// with its body.
var commandTable = []commandInfo{
	{CommandGroupBeforeSendMsg, before, 10100, 10200, func() Body { return new(GroupBeforeSendMsg) }},
	{CommandGroupAfterSendMsg, after, 0, 0, func() Body { return new(GroupAfterSendMsg) }},
	{CommandGroupSendMsgException, after, 0, 0, func() Body { return new(GroupSendMsgException) }},
	{CommandGroupAfterRecallMsg, after, 0, 0, func() Body { return new(GroupAfterRecallMsg) }},
	{CommandGroupAfterReadReceipt, after, 0, 0, func() Body { return new(GroupAfterReadReceipt) }},
	{CommandGroupBeforeCreateGroup, before, 10100, 10200, func() Body { return new(GroupBeforeCreateGroup) }},
	{CommandGroupAfterCreateGroup, after, 0, 0, func() Body { return new(GroupAfterCreateGroup) }},
	{CommandGroupBeforeApplyJoinGroup, before, 10100, 10200, func() Body { return new(GroupBeforeApplyJoinGroup) }},
	{CommandGroupBeforeInviteJoinGroup, before, 10100, 10200, func() Body { return new(GroupBeforeInviteJoinGroup) }},
	{CommandGroupAfterNewMemberJoin, after, 0, 0, func() Body { return new(GroupAfterNewMemberJoin) }},
	{CommandGroupAfterMemberExit, after, 0, 0, func() Body { return new(GroupAfterMemberExit) }},
	{CommandGroupAfterGroupFull, after, 0, 0, func() Body { return new(GroupAfterGroupFull) }},
	{CommandGroupAfterGroupDestroyed, after, 0, 0, func() Body { return new(GroupAfterGroupDestroyed) }},
	{CommandGroupAfterGroupInfoChanged, after, 0, 0, func() Body { return new(GroupAfterGroupInfoChanged) }},
	{CommandGroupAfterMemberFieldChanged, after, 0, 0, func() Body { return new(GroupAfterMemberFieldChanged) }},
	{CommandGroupAfterChangeGroupOwner, after, 0, 0, func() Body { return new(GroupAfterChangeGroupOwner) }},
	{CommandGroupBeforeCreateTopic, before, 10100, 10200, func() Body { return new(GroupBeforeCreateTopic) }},
	{CommandGroupAfterCreateTopic, after, 0, 0, func() Body { return new(GroupAfterCreateTopic) }},
	{CommandGroupAfterTopicDestroyed, after, 0, 0, func() Body { return new(GroupAfterTopicDestroyed) }},
	{CommandGroupAfterTopicInfoChanged, after, 0, 0, func() Body { return new(GroupAfterTopicInfoChanged) }},
	{CommandGroupOnMemberStateChange, after, 0, 0, func() Body { return new(GroupOnMemberStateChange) }},
	{CommandGroupAfterGroupAttrChanged, after, 0, 0, func() Body { return new(GroupAfterGroupAttrChanged) }},
	{CommandGroupAfterGroupMsgExtension, after, 0, 0, func() Body { return new(GroupAfterGroupMsgExtension) }},
	{CommandC2CBeforeSendMsg, before, 120001, 130000, func() Body { return new(C2CBeforeSendMsg) }},
	{CommandC2CAfterSendMsg, after, 0, 0, func() Body { return new(C2CAfterSendMsg) }},
	{CommandC2CAfterMsgReport, after, 0, 0, func() Body { return new(C2CAfterMsgReport) }},
	{CommandC2CAfterMsgWithdraw, after, 0, 0, func() Body { return new(C2CAfterMsgWithdraw) }},
	{CommandC2CAfterC2CMsgExtension, after, 0, 0, func() Body { return new(C2CAfterC2CMsgExtension) }},
	{CommandOfficialAccountBeforeSendMsg, before, 120001, 130000, func() Body { return new(OfficialAccountBeforeSendMsg) }},
	{CommandOfficialAccountAfterSendMsg, after, 0, 0, func() Body { return new(OfficialAccountAfterSendMsg) }},
	{CommandOfficialAccountAfterMsgWithdraw, after, 0, 0, func() Body { return new(OfficialAccountAfterMsgWithdraw) }},
	{CommandStateChange, after, 0, 0, func() Body { return new(StateChange) }},
	{CommandProfilePortraitSet, after, 0, 0, func() Body { return new(ProfilePortraitSet) }},
	{CommandSNSPrevFriendAdd, before, 38000, 39000, func() Body { return new(SNSPrevFriendAdd) }},
	{CommandSNSPrevFriendResponse, before, 38000, 39000, func() Body { return new(SNSPrevFriendResponse) }},
	{CommandSNSFriendAdd, after, 0, 0, func() Body { return new(SNSFriendAdd) }},
	{CommandSNSFriendDelete, after, 0, 0, func() Body { return new(SNSFriendDelete) }},
	{CommandSNSBlackListAdd, after, 0, 0, func() Body { return new(SNSBlackListAdd) }},
	{CommandSNSBlackListDelete, after, 0, 0, func() Body { return new(SNSBlackListDelete) }},
	{CommandFollowAfterFollowAdd, after, 0, 0, func() Body { return new(FollowAfterFollowAdd) }},
	{CommandFollowAfterFollowDelete, after, 0, 0, func() Body { return new(FollowAfterFollowDelete) }},
	{CommandPing, after, 0, 0, func() Body { return new(Ping) }},
}

var commandInfos = func() map[Command]commandInfo {
	infos := make(map[Command]commandInfo, len(commandTable))
	for _, info := range commandTable {
		infos[info.name] = info
	}
	return infos
}()

// Commands returns the webhooks that this version of the package knows, in a
// fixed order.
func Commands() []Command {
	names := make([]Command, 0, len(commandTable))
	for _, info := range commandTable {
		names = append(names, info.name)
	}
	return names
}

// IsBefore reports whether the webhook asks before something happens, so that
// its reply decides. It is false for unknown commands.
func (c Command) IsBefore() bool { return commandInfos[c].kind == before }

// IsAfter reports whether the webhook reports what has happened, so that its
// reply only acknowledges. It is false for unknown commands.
func (c Command) IsAfter() bool { return commandInfos[c].kind == after }

// PassesOn reports whether code is one with which the app may refuse so that
// the code and its text reach the sender as they are.
func (c Command) PassesOn(code int) bool {
	info, ok := commandInfos[c]
	return ok && info.kind == before && info.minCode <= code && code <= info.maxCode
}

// NewBody returns a pointer to an empty body of the command, to decode into,
// or nil for unknown commands.
func (c Command) NewBody() Body {
	info, ok := commandInfos[c]
	if !ok {
		return nil
	}
	return info.newBody()
}
