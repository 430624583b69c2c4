package webhook

import (
	"reflect"

	"github.com/parley-im/parley/callback"
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
	on(callback.CommandOfficialAccountBeforeSendMsg, officialBeforeSendMsg),
	on(callback.CommandOfficialAccountAfterSendMsg, officialAfterSendMsg),
	on(callback.CommandOfficialAccountAfterMsgWithdraw, officialAfterMsgWithdraw),
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

// Commands are the webhooks that can be switched on, in the order of the table.
func Commands() []callback.Command {
	commands := make([]callback.Command, 0, len(table))
	for _, r := range table {
		commands = append(commands, r.command)
	}
	return commands
}
