package event

import (
	"bytes"
	"encoding/json"
	"errors"
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

// head is what stands on a line before an event. An app is named and not sent: its
// key is secret.
type head struct {
	Type string        `json:"type"`
	App  chat.SDKAppID `json:"app"`
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
	h := head{Type: t.Name()}
	caller := callerOf(v)
	if caller.App != nil {
		h.App, caller.App = caller.App.SDKAppID, nil
	}
	if n := noticeOf(v); n != nil {
		h.Notice = &address{n.ID, n.UserID, n.Time}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b) // ends each value with the end of a line
	encoder.SetEscapeHTML(false)   // leaves what users wrote as it is
	if err := errors.Join(encoder.Encode(h), encoder.Encode(v.Interface())); err != nil {
		return nil, fmt.Errorf("encode %s: %w", t.Name(), err)
	}
	return b.Bytes(), nil
}

// Decode makes an event of bytes. apps finds its app.
func Decode(data []byte, apps func(chat.SDKAppID) *chat.App) (Event, error) {
	var h head
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&h); err != nil {
		return nil, fmt.Errorf("decode what stands before an event: %w", err)
	}
	t, known := told[h.Type]
	if !known {
		return nil, fmt.Errorf("event %q is not in the table", h.Type)
	}
	app := apps(h.App)
	if app == nil {
		return nil, fmt.Errorf("event %s of app %d, which is not known", h.Type, h.App)
	}
	v := reflect.New(t)
	decoder.UseNumber() // the values of profiles stay as exact as they are
	if err := decoder.Decode(v.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s: %w", h.Type, err)
	}
	callerOf(v.Elem()).App = app
	if n := noticeOf(v.Elem()); n != nil && h.Notice != nil {
		n.ID, n.UserID, n.Time = h.Notice.ID, h.Notice.UserID, h.Notice.Time
	}
	return v.Elem().Interface().(Event), nil //nolint:forcetypeassert,errcheck // all types of the table are events
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
