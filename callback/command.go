package callback

// Command is the name of a webhook, as in the CallbackCommand of query and body.
type Command string

// The webhooks that Parley sends.
const (
	CommandGroupBeforeSendMsg              Command = "Group.CallbackBeforeSendMsg"
	CommandGroupAfterSendMsg               Command = "Group.CallbackAfterSendMsg"
	CommandGroupSendMsgException           Command = "Group.CallbackSendMsgException"
	CommandGroupAfterRecallMsg             Command = "Group.CallbackAfterRecallMsg"
	CommandOfficialAccountBeforeSendMsg    Command = "OfficialAccount.CallbackBeforeSendMsg"
	CommandOfficialAccountAfterSendMsg     Command = "OfficialAccount.CallbackAfterSendMsg"
	CommandOfficialAccountAfterMsgWithdraw Command = "OfficialAccount.CallbackAfterMsgWithDraw"
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
	{CommandOfficialAccountBeforeSendMsg, before, 120001, 130000, func() Body { return new(OfficialAccountBeforeSendMsg) }},
	{CommandOfficialAccountAfterSendMsg, after, 0, 0, func() Body { return new(OfficialAccountAfterSendMsg) }},
	{CommandOfficialAccountAfterMsgWithdraw, after, 0, 0, func() Body { return new(OfficialAccountAfterMsgWithdraw) }},
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
