package gateway_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/testkit"
)

// drawn is what tips and keys hold that differs from run to run.
var drawn = regexp.MustCompile(`"(MsgRandom|ServerTime|JsonMsgKey|PbMsgKey)":("[^"]*"|\d+)`)

// transcript is what went over the wire, for a golden file.
type transcript struct {
	*fixture

	lines []string
}

func (s *transcript) note(what, text string) {
	s.lines = append(s.lines, what+": "+drawn.ReplaceAllString(text, `"$1":"?"`))
}

// call notes the answer to a request.
func (s *transcript) call(what string, c *testkit.Client, servcmd string, body fields) json.RawMessage {
	s.Helper()
	var answer json.RawMessage
	s.must(c.Call(s.context(), servcmd, body, &answer))
	s.note(what, string(answer))
	return answer
}

// hear notes the next event of a kind.
func (s *transcript) hear(what string, c *testkit.Client, kind int) {
	s.Helper()
	s.note(what, s.next(c, kind))
}

// TestAttributeWire: what members share, on the wire. Attributes are not told to the
// instance that changed them, everything else is.
func TestAttributeWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	alice, bob := f.login("alice"), f.login("bob")
	s := &transcript{fixture: f}
	const groups = "group_open_http_svc."
	race := fields{"GroupId": "g", "AttrMainSeq": 0, "AttrControl": []string{"RaceConflict"}, "GroupAttr": []fields{{"key": "a", "value": "1"}, {"key": "b", "value": "2"}}}
	s.call("set", alice, groups+"set_group_attr", race)
	s.hear("set, told", bob, 6)
	f.refused("the same version again", alice.Call(f.context(), groups+"set_group_attr", race, nil), chat.ErrAttributeConflict)
	s.call("modify", alice, groups+"modify_group_attr", fields{"GroupId": "g", "GroupAttr": []fields{{"key": "a", "value": "<3>"}}})
	s.hear("modify, told", bob, 6)
	s.call("delete", alice, groups+"delete_group_attr", fields{"GroupId": "g", "GroupAttr": []fields{{"key": "b", "seq": 1}}})
	s.hear("delete, told", bob, 6)
	s.call("get", bob, "group_open_attr_http_svc.get_group_attr", fields{"GroupId": "g", "GroupType": 0})
	s.call("clear", alice, groups+"clear_group_attr", fields{"GroupId": "g"})
	s.hear("clear, told", bob, 6)

	s.call("counters", bob, groups+"update_group_counter", fields{"GroupId": "g", "Mode": "Set", "GroupCounter": []fields{{"Key": "likes", "Value": 9007199254740993}}})
	s.hear("counters, told to the other", alice, 6)
	s.hear("counters, told to himself", bob, 6)
	s.call("decrease", bob, groups+"update_group_counter", fields{"GroupId": "g", "Mode": "Decrease", "GroupCounter": []fields{{"Key": "likes", "Value": 1}}})
	s.hear("decrease, told", alice, 6)
	f.next(bob, 6)
	s.call("get counters", alice, groups+"get_group_counter", fields{"GroupId": "g", "GroupCounterKeys": []string{}})

	seq := f.send(bob, "g", "pin me", fields{"Random": 7, "ClientSeq": 5})
	pin := fields{"GroupId": "g", "MsgSeq": seq, "Pinner_Account": "alice"}
	s.call("pin", alice, groups+"pin_message", pin)
	s.hear("pin, told", bob, 6)
	s.hear("pin, told to herself", alice, 6)
	s.call("pins", bob, groups+"get_pinned_messages", fields{"GroupId": "g"})
	s.call("unpin", alice, groups+"unpin_message", pin)
	s.hear("unpin, told", bob, 6)
	s.call("no pins", bob, groups+"get_pinned_messages", fields{"GroupId": "g"})
	golden(f, "attribute.txt", s.lines)
}

// TestMarkWire: what is attached to messages, on the wire.
func TestMarkWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	f.group("g", "bob")
	alice, bob, other := f.login("alice"), f.login("bob"), f.login("bob")
	s := &transcript{fixture: f}
	seq := f.send(alice, "g", "hello", fields{"SupportMessageExtension": 1})
	var sent struct {
		MsgKey string `json:"MsgKey"`
	}
	f.must(alice.Call(f.context(), "openim.sendmsg", fields{
		"To_Account": "bob", "MsgSeq": 2126350001, "MsgRandom": 8, "MsgBody": textBody("hello"), "SupportMessageExtension": 1,
	}, &sent))
	for _, at := range []struct {
		prefix  string
		message fields
		several fields
	}{
		{"group_", fields{"GroupId": "g", "MsgSeq": seq}, fields{"GroupId": "g", "MsgSeqList": []int64{seq, 1000}}},
		{"", fields{"From_Account": "alice", "To_Account": "bob", "MsgKey": sent.MsgKey}, fields{"From_Account": "alice", "To_Account": "bob", "MsgKeyList": []string{sent.MsgKey}}},
	} {
		command := func(name string) string { return "openim_msg_ext_http_svc." + at.prefix + name }
		with := func(more fields) fields {
			maps.Copy(more, at.message)
			return more
		}
		s.call(at.prefix+"reaction", bob, command("reaction_add"), with(fields{"Reaction": "smile", "Add_Account": []string{"bob"}}))
		s.hear("his other instance first hears that it was he", other, 21)
		s.hear("then like all", other, 21)
		s.hear("the sender", alice, 21)
		s.hear("he himself", bob, 21)
		at.several["Count"] = 5
		s.call("several messages", bob, command("reaction_multi_stat"), at.several)
		s.call("one reaction", alice, command("reaction_iterate"), with(fields{"Reaction": "smile", "NextSeq": 0, "Count": 100}))
		s.call("taken back", bob, command("reaction_del"), with(fields{"Reaction": "smile", "Del_Account": []string{"bob"}}))
		s.hear("taken back, told", alice, 21)
		s.hear("taken back, told to his other instance", other, 21)
		f.next(other, 21)
		f.next(bob, 21)

		pairs := []fields{{"Key": "a", "Value": "1", "Seq": 0}, {"Key": "b", "Value": "2", "Seq": 0}}
		s.call(at.prefix+"pairs", bob, command("set_key_values"), with(fields{"OperateType": 1, "ExtensionList": pairs}))
		s.hear("pairs, told", alice, 18)
		s.hear("pairs, told to who set them", bob, 18)
		s.call("conflict", alice, command("set_key_values"), with(fields{"OperateType": 1, "ExtensionList": []fields{{"Key": "a", "Value": "3", "Seq": 0}}}))
		s.call("deleted", bob, command("set_key_values"), with(fields{"OperateType": 2, "ExtensionList": []fields{{"Key": "a", "Value": "", "Seq": 1}}}))
		s.hear("deleted, told", alice, 18)
		s.call("read", alice, command("get_key_values"), with(fields{"StartSeq": 0}))
		s.call("all deleted", bob, command("set_key_values"), with(fields{"OperateType": 3}))
		s.hear("all deleted, told", alice, 18)
		f.next(bob, 18)
		f.next(bob, 18)
	}
	golden(f, "mark.txt", s.lines)
}

// TestRelayWire: a merged message comes back as it was stored.
func TestRelayWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	alice, bob := f.login("alice"), f.login("bob")
	s := &transcript{fixture: f}
	var saved struct {
		JSONMsgKey string `json:"JsonMsgKey"`
	}
	list := []fields{{"From_Account": "alice", "MsgBody": textBody("<part> " + strings.Repeat("x", 20))}, {"unknown": nil}}
	f.must(json.Unmarshal(s.call("save", alice, "im_long_msg.save_relay_json_msg", fields{"MsgList": list}), &saved))
	s.call("get", bob, "im_long_msg.get_relay_json_msg", fields{"JsonMsgKey": saved.JSONMsgKey})
	golden(f, "relay.txt", s.lines)
}

// TestMarkRefusals: a client gets the code that the operation gives.
func TestMarkRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	bob, dave := f.login("bob"), f.login("dave")
	for _, tt := range []struct {
		client  *testkit.Client
		servcmd string
		body    fields
		want    *chat.Error
	}{
		{dave, "group_open_http_svc.set_group_attr", fields{"GroupId": "g"}, chat.ErrNotPermitted},
		{dave, "group_open_attr_http_svc.get_group_attr", fields{"GroupId": "g"}, chat.ErrNotPermitted},
		{bob, "group_open_http_svc.update_group_counter", fields{"GroupId": "g", "Mode": "Set", "GroupCounter": []fields{{"Key": "a", "Value": "1"}}}, chat.ErrParameter},
		{dave, "group_open_http_svc.get_group_counter", fields{"GroupId": "g"}, chat.ErrNotPermitted},
		{bob, "million_group_open_http_svc.pin_message", fields{"GroupId": "g", "MsgSeq": 1}, chat.ErrNotPermitted},
		{bob, "group_open_http_svc.unpin_message", fields{"GroupId": "g", "MsgSeq": 1}, chat.ErrNotPermitted},
		{dave, "group_open_http_svc.get_pinned_messages", fields{"GroupId": "g"}, chat.ErrNotPermitted},
		{bob, "openim_msg_ext_http_svc.group_reaction_add", fields{"GroupId": "g", "MsgSeq": 9, "Reaction": "smile"}, chat.ErrMarkedNotFound},
		{bob, "openim_msg_ext_http_svc.reaction_add", fields{"From_Account": "bob", "To_Account": "dave", "MsgKey": "1_2", "Reaction": "smile"}, chat.ErrMsgKey},
		{bob, "openim_msg_ext_http_svc.reaction_del", fields{"From_Account": "bob", "To_Account": "dave", "MsgKey": "", "Reaction": "smile"}, chat.ErrMsgKey},
		{bob, "openim_msg_ext_http_svc.reaction_multi_stat", fields{"From_Account": "bob", "To_Account": "dave", "MsgKeyList": []string{"x"}}, chat.ErrMsgKey},
		{bob, "openim_msg_ext_http_svc.reaction_iterate", fields{"From_Account": "bob", "To_Account": "dave", "MsgKey": "1_2_3"}, chat.ErrMarkedNotFound},
		{bob, "openim_msg_ext_http_svc.set_key_values", fields{"From_Account": "bob", "To_Account": "dave", "MsgKey": "1_2_3", "OperateType": 3}, chat.ErrMarkedNotFound},
		{bob, "openim_msg_ext_http_svc.get_key_values", fields{"From_Account": "bob", "To_Account": "dave", "MsgKey": "1"}, chat.ErrMsgKey},
		{bob, "im_long_msg.save_relay_json_msg", fields{}, chat.ErrParameter},
		{bob, "im_long_msg.get_relay_json_msg", fields{"JsonMsgKey": "none"}, chat.ErrMarkedNotFound},
		{bob, "im_cos_msg.pre_sig", fields{"file_type": 1}, chat.ErrUnknownCommand},
	} {
		f.refused(fmt.Sprint(tt.servcmd, tt.body), tt.client.Call(f.context(), tt.servcmd, tt.body, nil), tt.want)
	}
}
