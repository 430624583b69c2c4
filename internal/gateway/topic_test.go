package gateway_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	town = "@TGS#_town"
	news = town + "@TOPIC#_news"
	walk = town + "@TOPIC#_walk"
)

// town makes a community of alice and bob with two topics.
func (f *fixture) town() {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.PutAccounts(f.Context(), testkit.SDKAppID, []chat.AccountUpdate{{UserID: "alice"}, {UserID: "bob"}})
	}))
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: town, Type: "Community", Owner: "alice", Profile: group.Profile{Name: new("town")}, SupportTopic: true,
		Members: []group.NewMember{{UserID: "bob"}},
	})
	f.must(err)
	for _, id := range []string{news, walk} {
		_, err := f.groups.CreateTopic(f.Context(), f.rest(), group.TopicRequest{GroupID: town, TopicID: id, Profile: group.TopicProfile{Name: new("a topic")}})
		f.must(err)
	}
}

// askTown sends a request of the service of communities.
func (f *fixture) askTown(c *testkit.Client, command string, body fields) json.RawMessage {
	f.Helper()
	body["GroupId"] = town
	var answer json.RawMessage
	f.must(c.Call(f.context(), "million_group_open_http_svc."+command, body, &answer))
	return answer
}

// sayInTopic sends a text of alice's by REST.
func (f *fixture) sayInTopic(topicID, text string) {
	f.Helper()
	_, err := f.groups.Send(f.Context(), f.rest(), &group.SendRequest{
		GroupID: town, TopicID: topicID, From: "alice", Random: new(nonce.Add(1)), MsgBody: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + text + `"}}]`),
	})
	f.must(err)
}

// TestTopicWire: what clients ask and hear of topics, on the wire.
func TestTopicWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	f.town()
	alice, bob, other := f.login("alice"), f.login("bob"), f.login("bob")
	var lines []string
	note := func(what string, text []byte) { lines = append(lines, what+": "+string(text)) }

	note("answer to a creation", f.askTown(alice, "create_topic", fields{
		"TopicId": town + "@TOPIC#_new", "TopicName": "new", "FaceUrl": "http://face", "CustomString": "<custom>", "Notification": "note", "Introduction": "intro",
	}))
	note("creation", []byte(f.next(bob, 5)))
	f.askTown(alice, "send_group_msg", fields{
		"TopicId": news, "Random": 1, "MsgClientTime": 1795296395, "ClientSeq": 5, "MsgBody": textBody("hello"),
		"GroupAtInfo": []fields{{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}},
	})
	note("message", []byte(f.next(bob, 3)))
	note("mention", []byte(f.next(bob, 12)))
	note("topics", f.askTown(bob, "get_topic", fields{"TopicIdList": []string{news, town + "@TOPIC#_new", "unknown"}}))
	note("history", f.askTown(bob, "group_msg_get", fields{"TopicId": news, "ReqMsgNumber": 5}))
	f.next(other, 5) // the creation
	f.askTown(bob, "msg_read_report", fields{"TopicId": news, "MsgReadedSeq": 1})
	note("read elsewhere", []byte(f.next(other, 5)))
	f.askTown(alice, "group_msg_recall", fields{"TopicId": news, "MsgSeqList": []fields{{"MsgSeq": 1}}})
	note("recall", []byte(f.next(bob, 5)))
	f.next(other, 5)

	f.askTown(alice, "modify_topic", fields{"TopicId": news, "TopicName": "news", "FaceUrl": "http://face", "Introduction": "", "CustomString": "<custom>"})
	note("change", []byte(f.next(bob, 4)))
	f.askTown(alice, "modify_topic", fields{"TopicId": news, "ShutUpAllMember": "On"})
	note("all muted", []byte(f.next(bob, 6)))
	f.askTown(alice, "modify_group_member_info", fields{"TopicId": news, "Member_Account": "bob", "ShutUpTime": uint32(chat.MuteForever)})
	note("muted", []byte(f.next(bob, 4)))
	f.askTown(bob, "modify_group_member_info", fields{"TopicId": news, "Member_Account": "bob", "MsgFlag": chat.FlagDiscard})
	note("option elsewhere", []byte(f.next(other, 5)))
	note("after all that", f.askTown(bob, "get_topic", fields{"TopicIdList": []string{news}}))
	note("history with what changed", f.askTown(bob, "group_msg_get", fields{"TopicId": news, "ReqMsgNumber": 5, "WithRecalledMsg": 1}))
	note("answer to an end", f.askTown(alice, "destroy_topic", fields{"TopicIdList": []string{news, "unknown"}}))
	note("end", []byte(f.next(bob, 5)))
	note("the list of communities", f.askTown(bob, "get_joined_group_list", fields{"SupportTopic": 1, "Limit": 10}))
	f.refused("a role in a topic", bob.Call(f.context(), "million_group_open_http_svc.modify_group_member_info",
		fields{"GroupId": town, "TopicId": walk, "Member_Account": "bob", "Role": "Admin"}, nil), chat.ErrParameter)
	golden(f, "topic.txt", lines)
}

// TestTopicOption: who wants no messages of a topic gets none, whatever he wants of
// the community, and also after he comes back.
func TestTopicOption(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.town()
	bob := f.login("bob")
	option := func(topicID, flag string) {
		f.Helper()
		f.askTown(bob, "modify_group_member_info", fields{"TopicId": topicID, "Member_Account": "bob", "MsgFlag": flag})
	}
	option(news, chat.FlagDiscard)
	f.sayInTopic(news, "not wanted")
	f.sayInTopic(walk, "wanted")
	hears(f, bob, "wanted")
	f.flag(town, "bob", chat.FlagDiscard)
	option(walk, chat.FlagNotify)
	f.sayInTopic(news, "not wanted either")
	f.sayInTopic(walk, "wanted still")
	hears(f, bob, "wanted still")
	f.must(bob.Logout(f.context()))

	bob = f.login("bob")
	f.sayInTopic(news, "not wanted again")
	f.sayInTopic(walk, "wanted again")
	hears(f, bob, "wanted again")
	f.flag(town, "bob", chat.FlagNotify)
	option(news, chat.FlagNotify)
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	f.restart()
	f.sayInTopic(news, "missed")
	f.sayInTopic(walk, "missed too")
	back := testkit.NewClient(t, f.options("bob", time.Hour))
	back.Resume(session)
	f.must(back.Reconnect(f.context()))
	heard := map[string]bool{}
	for !heard["missed"] || !heard["missed too"] {
		e, err := back.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
		f.must(err)
		for _, item := range e.GroupMsgArray() {
			heard[item.Text()] = true
		}
	}
}
