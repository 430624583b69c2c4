package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// told are the events that nodes tell each other: those that clients are told of, and
// those that change what an edge remembers.
var told = typesOf(
	AccountDeleted{}, AllPairsRead{}, ContactGroupChanged{}, ContactGroupCreated{}, ContactGroupRenamed{}, ContactGroupsDeleted{},
	ContactMarked{}, ContactsDeleted{}, ContactsPinned{}, CustomStatusChanged{}, DoNotDisturbChanged{}, FriendAsked{}, FriendsAdded{},
	FriendsDeleted{}, FriendsUpdated{}, GroupAttributesChanged{}, GroupCountersChanged{}, GroupCreated{}, GroupDestroyed{},
	GroupExtensionsChanged{}, GroupInfoChanged{}, GroupMemberChanged{}, GroupMembersJoined{}, GroupMembersLeft{}, GroupMentioned{},
	GroupMessageModified{}, GroupMessagePinned{}, GroupMessageSent{}, GroupMessagesRecalled{}, GroupMsgFlagChanged{},
	GroupReactionChanged{}, GroupReceipts{}, GroupTipped{}, GroupsRead{}, InstanceKicked{}, InstanceMoved{}, Noticed{},
	OfficialDestroyed{}, OfficialMessageSent{}, OfficialMessagesRecalled{}, OfficialSubscribed{}, OfficialUnsubscribed{},
	PairExtensionsChanged{}, PairMessageModified{}, PairMessageRecalled{}, PairMessageSent{}, PairReactionChanged{}, PairRead{},
	PairReceipts{}, PendenciesRead{}, PendencyEnded{}, ProfileChanged{}, RecvOptionChanged{}, StateChanged{}, TopicCreated{},
	TopicDestroyed{}, TopicMsgFlagChanged{}, UsersBlocked{}, UsersFollowed{}, UsersUnblocked{}, UsersUnfollowed{},
)

func typesOf(events ...Event) map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(events))
	for _, e := range events {
		t := reflect.TypeOf(e)
		m[t.Name()] = t
	}
	return m
}

// Told returns the types of the events that Encode and Decode know.
func Told() []reflect.Type {
	types := make([]reflect.Type, 0, len(told))
	for _, t := range told {
		types = append(types, t)
	}
	return types
}

// letter is an event as bytes. An app is named and not sent: its key is secret.
type letter struct {
	Type  string          `json:"type"`
	App   chat.SDKAppID   `json:"app"`
	Event json.RawMessage `json:"event"`
	// Notice has what the form of a notice in storage leaves out.
	Notice *address `json:"notice,omitempty"`
}

// address is for whom a notice is and which one it is.
type address struct {
	ID     int64     `json:"id"`
	UserID string    `json:"user"`
	Time   time.Time `json:"time"`
}

// Encode makes bytes of an event, which must be one of Told.
func Encode(e Event) ([]byte, error) {
	t := reflect.TypeOf(e)
	if told[t.Name()] != t {
		return nil, fmt.Errorf("event %s is not in the table", t)
	}
	v := reflect.New(t).Elem()
	v.Set(reflect.ValueOf(e))
	l := letter{Type: t.Name()}
	caller := callerOf(v)
	if caller.App != nil {
		l.App, caller.App = caller.App.SDKAppID, nil
	}
	if n := noticeOf(v); n != nil {
		l.Notice = &address{n.ID, n.UserID, n.Time}
	}
	var err error
	if l.Event, err = marshal(v.Interface()); err != nil {
		return nil, fmt.Errorf("encode %s: %w", t.Name(), err)
	}
	return marshal(l)
}

// Decode makes an event of bytes. apps finds its app.
func Decode(data []byte, apps func(chat.SDKAppID) *chat.App) (Event, error) {
	var l letter
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("decode an event: %w", err)
	}
	t, known := told[l.Type]
	if !known {
		return nil, fmt.Errorf("event %q is not in the table", l.Type)
	}
	app := apps(l.App)
	if app == nil {
		return nil, fmt.Errorf("event %s of app %d, which is not known", l.Type, l.App)
	}
	v := reflect.New(t)
	d := json.NewDecoder(bytes.NewReader(l.Event))
	d.UseNumber() // the values of profiles stay as exact as they are
	if err := d.Decode(v.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s: %w", l.Type, err)
	}
	callerOf(v.Elem()).App = app
	if n := noticeOf(v.Elem()); n != nil && l.Notice != nil {
		n.ID, n.UserID, n.Time = l.Notice.ID, l.Notice.UserID, l.Notice.Time
	}
	return v.Elem().Interface().(Event), nil //nolint:forcetypeassert,errcheck // all types of the table are events
}

// marshal leaves what users wrote as it is.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// callerOf is the caller within an addressable event; all in the table have one.
func callerOf(v reflect.Value) *chat.Caller {
	return v.FieldByName("Caller").Addr().Interface().(*chat.Caller) //nolint:forcetypeassert,errcheck // a field of this name has this type
}

// noticeOf is the notice within an addressable event, nil if there is none.
func noticeOf(v reflect.Value) *chat.Notice {
	f := v.FieldByName("Notice")
	if !f.IsValid() {
		return nil
	}
	if f.Kind() == reflect.Struct {
		f = f.Addr()
	}
	return f.Interface().(*chat.Notice) //nolint:forcetypeassert,errcheck // a field of this name has this type
}
