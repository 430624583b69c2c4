package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// fields are the members of a request.
type fields map[string]any

func textBody(text string) []fields {
	return []fields{{"MsgType": "TIMTextElem", "MsgContent": fields{"Text": text}}}
}

// ask sends a request of the group service and returns the answer's body.
func (f *fixture) ask(c *testkit.Client, command string, body fields) json.RawMessage {
	f.Helper()
	var answer json.RawMessage
	f.must(c.Call(f.context(), "group_open_http_svc."+command, body, &answer))
	return answer
}

// send sends a text into a group as a client does, and returns its number.
func (f *fixture) send(c *testkit.Client, groupID, text string, more fields) int64 {
	f.Helper()
	body := fields{"GroupId": groupID, "Random": nonce.Add(1), "MsgBody": textBody(text)}
	maps.Copy(body, more)
	var answer struct {
		MsgSeq int64 `json:"MsgSeq"`
	}
	f.must(json.Unmarshal(f.ask(c, "send_group_msg", body), &answer))
	return answer.MsgSeq
}

// next waits for the next event of a kind and returns it as it came.
func (f *fixture) next(c *testkit.Client, kind int) string {
	f.Helper()
	e, err := c.WaitPush(f.context(), func(e *testkit.Event) bool { return e.Event == kind })
	f.must(err)
	return string(e.Raw)
}

// flag sets how a member wants messages.
func (f *fixture) flag(groupID, userID, msgFlag string) {
	f.Helper()
	f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: groupID, UserID: userID, MsgFlag: &msgFlag}))
}

// TestGroupMessages: who gets a message, and who does not.
func TestGroupMessages(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	f.group("g", "bob", "carol", "hushed")
	f.flag("g", "hushed", chat.FlagDiscard)
	alice, other, bob, carol, hushed := f.login("alice"), f.login("alice"), f.login("bob"), f.login("carol"), f.login("hushed")
	everybody := []*testkit.Client{alice, other, bob, carol}

	f.send(alice, "g", "for all", nil)
	f.send(alice, "g", "for bob", fields{"To_Account": []string{"bob"}})
	f.send(alice, "g", "for who is there", fields{"OnlineOnlyFlag": 1})
	f.say("g", "alice", "by REST, for all")
	hears(f, other, "for all", "for bob", "for who is there", "by REST, for all")
	hears(f, bob, "for all", "for bob", "for who is there", "by REST, for all")
	hears(f, carol, "for all", "for who is there", "by REST, for all")
	hears(f, alice, "by REST, for all")

	f.flag("g", "hushed", chat.FlagNotify)
	f.say("g", "bob", "the end")
	for _, c := range append(everybody, hushed) {
		hears(f, c, "the end")
	}
}

// TestGroupMessageWire: what the members get, on the wire.
func TestGroupMessageWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	f.group("g", "bob", "carol")
	nick, face, card := "Al", "https://example.com/al.png", "the boss"
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.PutAccounts(f.Context(), testkit.SDKAppID, []chat.AccountUpdate{{UserID: "alice", Nick: &nick, FaceURL: &face}})
	}))
	f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: "g", UserID: "alice", NameCard: &card}))
	alice, bob, other := f.login("alice"), f.login("bob"), f.login("bob")
	var lines []string
	note := func(what string, text []byte) { lines = append(lines, what+": "+string(text)) }

	plain := f.send(alice, "g", "plain", fields{"Random": 1, "MsgClientTime": 1795296395, "ClientSeq": 5})
	note("message", []byte(f.next(bob, 3)))
	rich := f.send(alice, "g", "<rich>", fields{
		"Random": 2, "MsgPriority": "High", "CloudCustomData": "data", "SendMsgControl": []string{"NoUnread", "NoLastMsg"},
		"NeedReadReceipt": 1, "SupportMessageExtension": 1, "GroupAtInfo": []fields{{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}, {"GroupAtAllFlag": 1}},
	})
	note("message with everything", []byte(f.next(bob, 3)))
	note("mention", []byte(f.next(bob, 12)))
	f.send(alice, "g", "now", fields{"Random": 3, "OnlineOnlyFlag": 1})
	note("online-only message", []byte(f.next(bob, 3)))

	var modified json.RawMessage
	change := fields{"GroupId": "g", "MsgSeq": plain, "MsgVersion": 0, "MsgBody": textBody("changed")}
	f.must(alice.Call(f.context(), "openim.modify_group_msg", change, &modified))
	note("answer to a modification", modified)
	note("modification", []byte(f.next(bob, 17)))
	err := alice.Call(f.context(), "openim.modify_group_msg", change, nil)
	f.refused("a second modification of the same version", err, chat.ErrModifyConflict)
	if answer, ok := errors.AsType[*testkit.AnswerError](err); ok {
		note("conflict", answer.Body)
	}

	f.ask(bob, "group_msg_receipt", fields{"GroupId": "g", "MsgSeqList": []fields{{"MsgSeq": rich}}})
	note("receipt", []byte(f.next(alice, 5)))
	note("receipts", f.ask(alice, "get_group_msg_receipt", fields{"GroupId": "g", "MsgSeqList": []fields{{"MsgSeq": rich}, {"MsgSeq": 999}}}))
	note("readers", f.ask(alice, "get_group_msg_receipt_detail", fields{"GroupId": "g", "MsgSeq": rich, "Flag": 0, "Cursor": "", "Num": 10}))
	note("others", f.ask(alice, "get_group_msg_receipt_detail", fields{"GroupId": "g", "MsgSeq": rich, "Flag": 1, "Cursor": "", "Num": 10}))

	f.ask(bob, "msg_read_report", fields{"GroupId": "g", "MsgReadedSeq": rich, "TopicId": ""})
	note("read elsewhere", []byte(f.next(other, 5)))

	note("answer to a recall", f.ask(alice, "group_msg_recall", fields{"GroupId": "g", "MsgSeqList": []fields{{"MsgSeq": plain}, {"MsgSeq": 999}}}))
	note("recall", []byte(f.next(bob, 5)))
	note("recalls", f.ask(bob, "batch_get_group_notify", fields{"NotifyReqList": []fields{
		{"NotifyType": 1, "Limit": 20, "GroupId": "g", "BeginTime": time.Now().Add(-time.Hour).UnixMicro(), "EndTime": 0}, {"GroupId": "unknown"},
	}}))
	f.ask(bob, "delete_group_ramble_msg_by_seq", fields{"GroupId": "g", "Deleter_Account": "bob", "Seqs": []string{fmt.Sprint(rich)}})
	f.send(alice, "g", "last", fields{"Random": 4})
	history := fields{"GroupId": "g", "ReqMsgNumber": 3, "ReqMsgSeq": rich + 1, "WithRecalledMsg": 1}
	note("history", f.ask(bob, "group_msg_get", history))
	delete(history, "WithRecalledMsg")
	note("history without what was recalled", f.ask(bob, "group_msg_get", history))
	note("single messages", f.ask(alice, "group_msg_get", fields{"GroupId": "g", "GetType": 3, "ReqMsgSeqList": []int64{plain}, "WithRecalledMsg": 1}))
	golden(f, "group_message.txt", lines)
}

// TestRoomRecallWire: in an AVChatRoom recalls have a form of their own.
func TestRoomRecallWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("other", "bob")
	name := "a room"
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{GroupID: "room", Type: "AVChatRoom", Owner: "alice", Profile: group.Profile{Name: &name}})
	f.must(err)
	alice, bob := f.login("alice"), f.login("bob")
	f.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	seq := f.send(alice, "room", "taken back", fields{"Random": 7})
	_, err = f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "room", Seqs: []int64{seq}, Reason: "why"})
	f.must(err)
	golden(f, "room_recall.txt", []string{f.next(bob, 20)})
}

// TestGroupMessageRefusals: a client gets the code that the operation gives, and a
// field of the wrong type is a parameter like any other.
func TestGroupMessageRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	bob, dave := f.login("bob"), f.login("dave")
	for _, tt := range []struct {
		name    string
		client  *testkit.Client
		servcmd string
		body    any
		want    *chat.Error
	}{
		{"a random that is no number", bob, "group_open_http_svc.send_group_msg", fields{"GroupId": "g", "Random": "x", "MsgBody": textBody("hi")}, chat.ErrParameter},
		{"no member", dave, "group_open_http_svc.send_group_msg", fields{"GroupId": "g", "Random": 1, "MsgBody": textBody("hi")}, chat.ErrNotPermitted},
		{"history of no member", dave, "group_open_http_svc.group_msg_get", fields{"GroupId": "g", "ReqMsgNumber": 10}, chat.ErrNotPermitted},
		{"history of no group", bob, "million_group_open_http_svc.group_msg_get", fields{"GroupId": "@TGS#_x", "ReqMsgNumber": 10}, chat.ErrGroupNotFound},
		{"deletion of what is no number", bob, "group_open_http_svc.delete_group_ramble_msg_by_seq", fields{"GroupId": "g", "Seqs": []string{"x"}}, chat.ErrParameter},
		{"modification of nothing", bob, "openim.modify_group_msg", fields{"GroupId": "g", "MsgSeq": 1000}, chat.ErrMessageNotFound},
		{"a cursor of somebody else's", bob, "group_open_http_svc.get_group_msg_receipt_detail", fields{"GroupId": "g", "MsgSeq": 1, "Num": 1, "Cursor": "x"}, chat.ErrParameter},
		{"recalls of 101 groups", bob, "group_open_http_svc.batch_get_group_notify", fields{"NotifyReqList": make([]fields, 101)}, chat.ErrParameter},
	} {
		f.refused(tt.name, tt.client.Call(f.context(), tt.servcmd, tt.body, nil), tt.want)
	}
}
