package webhook

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// installation is a store that has nothing but a name.
type installation struct{ store.Store }

// InstallationID is always the same here.
func (installation) InstallationID() string { return "4f2a" }

// OnEvents never calls.
func (installation) OnEvents(func([]store.Event)) {}

// TestRequests compares what goes over the wire with the golden files, byte by
// byte but for the random ID of questions.
func TestRequests(t *testing.T) {
	t.Parallel()
	rich := text(t, `<b>"hi" & bye</b> 中 `+"\u2028")
	rich.CloudCustomData, rich.OnlineOnly = `{"k":"v"}`, true
	rich.Mentions = []chat.Mention{{All: true}, {UserID: "bob"}}
	plain := text(t, "hello")
	client := chat.Caller{UserID: "alice", Platform: chat.PlatformWeb, ClientIP: "2001:db8::1"}
	fromClient := groupMessage(plain)
	fromClient.Caller = client
	fromClient.Caller.App = &chat.App{SDKAppID: 1400000001}
	numbered := *plain
	numbered.ClientTime, numbered.ClientSeq = 1727580296, 2126350001
	fromClient.Message = &numbered
	nameless := officialMessage(plain)
	nameless.Caller = chat.Caller{}
	tests := map[string]struct {
		event event.Event
		app   func(*chat.App)
		url   string
	}{
		"group_before_send_msg":             {event: groupQuestion(rich)},
		"group_after_send_msg":              {event: event.GroupMessageSent{GroupMessage: groupMessage(rich)}},
		"group_after_send_msg_by_client":    {event: event.GroupMessageSent{GroupMessage: fromClient}},
		"group_send_msg_exception":          {event: event.GroupMessageRefused{GroupMessage: groupMessage(plain), Err: chat.ErrTooFrequent, At: sentAt}},
		"group_send_msg_exception_no_group": {event: event.GroupMessageRefused{GroupMessage: event.GroupMessage{Caller: client, Message: &chat.Message{Sender: "alice"}}, Err: chat.ErrGroupNotFound, At: sentAt}},
		"group_after_read_receipt": {event: event.GroupReceipts{Group: groupEvent(client), Receipts: []event.GroupReceipt{
			{Message: &chat.Message{Seq: 7}, Read: 1, Unread: 2, Readers: []string{"bob"}}, {Message: &chat.Message{Seq: 8}, Unread: 3},
		}}},
		"group_after_recall_msg":    {event: event.GroupMessagesRecalled{Caller: client, GroupID: "@TGS#1", Type: chat.Public, Operator: "alice", Seqs: []int64{7, 8}, At: sentAt}},
		"group_before_create_group": {event: event.BeforeGroupCreate{Group: groupEvent(client), Owner: "alice", Name: "walkers", Members: []string{"bob"}, Owned: 3}},
		"group_after_create_group": {event: event.GroupCreated{
			Group: groupEvent(client), Owner: "alice", Name: "walkers", InviteJoinOption: "DisableInvite",
			Members: []chat.Member{{UserID: "alice"}, {UserID: "bob"}}, AppDefinedData: []chat.KeyValue{{Key: "colour", Value: "green"}},
		}},
		"group_before_apply_join_group":    {event: event.BeforeGroupApply{Group: groupEvent(client)}},
		"group_before_invite_join_group":   {event: event.BeforeGroupInvite{Group: groupEvent(client), Members: []string{"bob", "carol"}}},
		"group_after_new_member_join":      {event: event.GroupMembersJoined{Group: groupEvent(client), Members: []chat.Member{{UserID: "alice"}}}},
		"group_after_new_member_invited":   {event: event.GroupMembersJoined{Group: groupEvent(client), Invited: true, Members: []chat.Member{{UserID: "bob"}}}},
		"group_after_member_exit":          {event: event.GroupMembersLeft{Group: groupEvent(client), Members: []string{"alice"}}},
		"group_after_member_kicked":        {event: event.GroupMembersLeft{Group: groupEvent(client), Removed: true, Members: []string{"bob", "carol"}}},
		"group_after_group_full":           {event: event.GroupFull{Group: groupEvent(client)}},
		"group_after_group_destroyed":      {event: event.GroupDestroyed{Group: groupEvent(client), Owner: "alice", Name: "walkers", Members: []string{"alice", "bob"}}},
		"group_after_group_info_changed":   {event: event.GroupInfoChanged{Group: groupEvent(client), Change: chat.GroupChange{Name: new("hikers"), Notification: new("")}}},
		"group_after_member_field_changed": {event: event.GroupMemberChanged{Group: groupEvent(client), UserID: "bob", Role: new(chat.RoleAdmin)}},
		"group_after_change_group_owner":   {event: event.GroupOwnerChanged{Group: groupEvent(client), Old: "alice", New: "bob"}},
		"group_before_create_topic":        {event: event.BeforeTopicCreate{Group: topicEvent(client).Group, Name: "walks"}},
		"group_after_create_topic":         {event: event.TopicCreated{Topic: topicEvent(client), Owner: "alice", Name: "walks"}},
		"group_after_topic_destroyed":      {event: event.TopicDestroyed{Topic: topicEvent(client)}},
		"group_after_topic_info_changed":   {event: event.TopicInfoChanged{Topic: topicEvent(client), Change: chat.GroupChange{Name: new("hikes"), FaceURL: new("")}}},
		"group_on_member_state_change":     {event: event.RoomStateChanged{GroupID: "@TGS#a1", Type: chat.AVChatRoom, Cause: event.RoomLost, Members: []string{"alice", "bob"}, At: sentAt}},
		"group_after_group_attr_changed": {event: event.GroupAttributesChanged{
			Group: groupEvent(client), Operation: chat.AttributesModify, Version: 2, Changed: []chat.Attribute{{Key: "seat", Value: "bob", Seq: 2}},
		}},
		"group_after_group_attr_cleared": {event: event.GroupAttributesChanged{Group: groupEvent(client), Operation: chat.AttributesClear, Version: 3}},
		"group_after_group_msg_extension": {event: event.GroupExtensionsChanged{
			GroupMessage:    event.GroupMessage{Caller: client, GroupID: "@TGS#1", Type: chat.Public, Message: &chat.Message{Seq: 7}},
			ExtensionChange: event.ExtensionChange{Operation: chat.ExtensionSet, Version: 3, Changed: []chat.Extension{{Key: "vote", Value: "yes", Seq: 3}}, At: sentAt},
		}},
		"c2c_after_c2c_msg_extension": {event: event.PairExtensionsChanged{
			PairMessage: pairMessage(client, plain), ExtensionChange: event.ExtensionChange{Operation: chat.ExtensionClear, Version: 4, At: sentAt},
		}},
		"c2c_before_send_msg":                  {event: event.BeforePairMessage{PairMessage: pairMessage(client, rich), At: sentAt}},
		"c2c_after_send_msg":                   {event: event.PairMessageSent{PairMessage: pairMessage(client, plain), Unread: 3}},
		"c2c_after_send_msg_refused":           {event: event.PairMessageSent{PairMessage: pairMessage(client, plain), Err: chat.ErrBlocked}},
		"c2c_after_msg_report":                 {event: event.PairRead{Caller: client, UserID: "bob", Peer: "alice", Until: sentAt.Unix(), Unread: 2, At: sentAt}},
		"c2c_after_msg_withdraw":               {event: event.PairMessageRecalled{PairMessage: pairMessage(client, plain), Unread: 1, At: sentAt}},
		"state_change":                         {event: event.StateChanged{Caller: phone(client), Action: event.StateLogin, Reason: "Register", Kicked: []chat.Platform{chat.PlatformWeb}, At: sentAt}},
		"state_change_gone":                    {event: event.StateChanged{Caller: client, Action: event.StateDisconnect, Reason: "TimeOut", At: sentAt}},
		"profile_portrait_set":                 {event: event.ProfileChanged{Caller: client, UserID: "alice", Fields: []chat.Field{{Tag: chat.TagNick, Value: "Al"}, {Tag: chat.TagLevel, Value: int64(7)}}, Friends: []string{"bob"}, At: sentAt}},
		"sns_prev_friend_add":                  {event: friendQuestion(nil)},
		"sns_prev_friend_response":             {event: event.BeforeFriendResponse{Relation: relation(client), Responses: []event.FriendResponse{{UserID: "bob", Remark: "Bo", Group: "Work", Action: event.AgreeAndAdd}}}},
		"sns_friend_add":                       {event: event.FriendsAdded{Relation: relation(client), Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}, {Owner: "bob", Friend: "alice"}}, Initiator: "alice"}},
		"sns_friend_add_accepted":              {event: event.FriendsAdded{Relation: relation(chat.Caller{UserID: "administrator", Admin: true, Platform: chat.PlatformREST}), Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}}, Initiator: "bob", Response: true}},
		"sns_friend_delete":                    {event: event.FriendsDeleted{Relation: relation(client), Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}}}},
		"sns_black_list_add":                   {event: event.UsersBlocked{Relation: relation(client), Blocked: []string{"bob"}}},
		"sns_black_list_delete":                {event: event.UsersUnblocked{Relation: relation(client), Unblocked: []string{"bob"}}},
		"follow_after_follow_add":              {event: event.UsersFollowed{Relation: relation(client), Follows: []event.Follow{{UserID: "bob", Mutual: true}}}},
		"follow_after_follow_delete":           {event: event.UsersUnfollowed{Relation: relation(client), Follows: []event.Follow{{UserID: "bob"}}}},
		"official_account_before_send_msg":     {event: officialQuestion(plain)},
		"official_account_after_send_msg":      {event: event.OfficialMessageSent{OfficialMessage: officialMessage(rich)}},
		"official_account_after_msg_withdraw":  {event: event.OfficialMessagesRecalled{Caller: client, OfficialID: "@TOA#1", MsgKeys: []string{"7_1_1670574414"}, At: sentAt}},
		"unsigned":                             {event: event.OfficialMessageSent{OfficialMessage: nameless}, app: func(a *chat.App) { a.Webhook.Token, a.Webhook.SigningSecret = "", "" }},
		"url_with_query_fragment_and_password": {event: event.GroupMessageSent{GroupMessage: groupMessage(plain)}, url: "http://user:pass%2F@receiver.example/a%2Fb?token=x&SdkAppid=1#top"},
		"once":                                 {event: event.GroupMessageSent{GroupMessage: groupMessage(plain)}, app: func(a *chat.App) { a.Webhook.Mode = chat.ModeOnce }},
	}
	covered := make(map[callback.Command]bool)
	for name, test := range tests {
		covered[rows[reflect.TypeOf(test.event)].command] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(testApp, "http://receiver.example/callback")
			if test.url != "" {
				a.Webhook.URL = test.url
			}
			for _, c := range Commands() {
				a.Webhook.On = append(a.Webhook.On, string(c))
			}
			if test.app != nil {
				test.app(a)
			}
			golden(t, name, requestOf(t, a, test.event))
		})
	}
	for _, c := range Commands() {
		if !covered[c] {
			t.Errorf("%s has no golden file", c)
		}
	}
	t.Run("ping", func(t *testing.T) {
		t.Parallel()
		a := newApp(testApp, "http://elsewhere.example/")
		golden(t, "ping", overTheWire(t, func(_ *Hooks, d *Dispatcher) {
			if got, err := d.Check(t.Context(), a, "http://receiver.example/new"); err != nil || !got.OK {
				t.Errorf("check: %+v, %v", got, err)
			}
		}))
	})
}

// phone is the caller with another device.
func phone(caller chat.Caller) chat.Caller {
	caller.Platform = chat.PlatformIOS
	return caller
}

// relation is what happens to the relations of alice.
func relation(caller chat.Caller) event.Relation {
	return event.Relation{Caller: caller, UserID: "alice", At: sentAt}
}

// friendQuestion asks about two new friends.
func friendQuestion(*chat.Message) event.Event {
	return event.BeforeFriendAdd{
		Relation: relation(chat.Caller{UserID: "alice", Platform: chat.PlatformWeb, ClientIP: "2001:db8::1"}), Both: true,
		Friends: []event.NewFriend{{UserID: "bob", Remark: "Bo", Group: "Work", AddSource: "AddSource_Type_Web", AddWording: "hello"}, {UserID: "carol"}},
	}
}

// pairMessage is a message between two users as a client sends it.
func pairMessage(caller chat.Caller, m *chat.Message) event.PairMessage {
	caller.App = &chat.App{SDKAppID: 1400000001}
	sent := *m
	sent.Sender, sent.Time, sent.ClientTime, sent.ClientSeq = "alice", sentAt, 1727580296, 2126350001
	return event.PairMessage{Caller: caller, To: "bob", Message: &sent}
}

// groupEvent is what a user does to a group.
func groupEvent(caller chat.Caller) event.Group {
	return event.Group{Caller: caller, GroupID: "@TGS#1", Type: chat.Public, Operator: caller.UserID, At: sentAt}
}

// topicEvent is what a user does to a topic.
func topicEvent(caller chat.Caller) event.Topic {
	g := groupEvent(caller)
	g.GroupID, g.Type = "@TGS#_1", chat.Community
	return event.Topic{Group: g, TopicID: "@TGS#_1@TOPIC#_walks"}
}

// requestOf makes the call that an event leads to: a question at once, anything
// else as the second attempt from the outbox.
func requestOf(t *testing.T, a *chat.App, e event.Event) string {
	t.Helper()
	return overTheWire(t, func(h *Hooks, d *Dispatcher) {
		if rows[reflect.TypeOf(e)].command.IsBefore() {
			if got := h.Ask(t.Context(), a, e); got.Refusal != nil {
				t.Errorf("the answer is %+v", got)
			}
			return
		}
		for _, row := range h.Record(a, e) {
			r := newQueue(d, a.SDKAppID).deliver(t.Context(), a, &store.Event{Outgoing: row, ID: 17, Attempts: 1})
			if r.err != nil {
				t.Errorf("deliver: %v", r.err)
			}
		}
	})
}

// overTheWire returns the one request that is made by calls.
func overTheWire(t *testing.T, calls func(*Hooks, *Dispatcher)) string {
	t.Helper()
	requests := make(chan string, 10)
	address := socket(t, func(conn net.Conn, head string) {
		length := 0
		if _, after, ok := strings.Cut(head, "Content-Length: "); ok {
			_, _ = fmt.Sscan(after, &length) // a missing body shows
		}
		body := make([]byte, length)
		_, _ = io.ReadFull(conn, body) // a missing body shows
		requests <- strings.ReplaceAll(head, "\r\n", "\n") + string(body) + "\n"
		_, _ = io.WriteString(conn, okHead+"Content-Length: 50\r\n\r\n"+allOK) // the caller waits for it
	})
	h, d := New(Options{
		Store: installation{}, Apps: func(chat.SDKAppID) *chat.App { return nil }, Reach: Loopback,
		Clock: func() time.Time { return time.Unix(1669872112, 0) }, Log: slog.New(slog.DiscardHandler),
	})
	for _, c := range []*client{h.client, d.client} {
		for _, transport := range c.transports {
			transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}
		}
	}
	calls(h, d)
	h.client.close()
	d.client.close()
	if len(requests) != 1 {
		t.Fatalf("%d requests were made, want 1", len(requests))
	}
	return <-requests
}

var randomID = regexp.MustCompile(`ask-[A-Z2-7]{26}`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	if randomID.MatchString(got) {
		got = randomID.ReplaceAllString(got, "ask-RANDOM")
		got = regexp.MustCompile(`Webhook-Signature: v1,\S+`).ReplaceAllString(got, "Webhook-Signature: v1,RANDOM")
	}
	file := filepath.Join("testdata", name+".http")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
