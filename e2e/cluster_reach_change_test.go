package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

// Refusals that clients and backends get, by the protocol's numbers.
const (
	codeMuted   = 10017
	codeNoTopic = 110013
)

// refused checks that err is a client's or a backend's answer with a code.
func (r *reach) refused(what string, err error, code int) {
	r.Helper()
	got := 0
	if answer, ok := errors.AsType[*testkit.AnswerError](err); ok {
		got = answer.Code
	} else if answer, ok := errors.AsType[*api.Error](err); ok {
		got = answer.Code
	}
	if got != code {
		r.Errorf("%s: got %v, want code %d", what, err, code)
	}
}

// exceptions is what an app's backend is told of messages that were refused.
type exceptions struct {
	mu    sync.Mutex // guards texts
	texts []string
}

// tellExceptions lets all nodes call a backend.
func (r *reach) tellExceptions() *exceptions {
	r.Helper()
	x := new(exceptions)
	url := testkit.NewReceiver(r, x.arrived, nil).URL()
	_, err := r.nodes[0].Admin().UpdateWebhook(r.context(), testkit.SDKAppID, client.WebhookChange{URL: &url})
	r.must(err)
	for i, node := range r.nodes {
		r.eventually(fmt.Sprintf("the webhook at node %d", i), []string{url}, func() []string {
			w, err := node.Admin().GetWebhook(r.context(), testkit.SDKAppID, false)
			r.must(err)
			return []string{w.URL}
		})
	}
	return x
}

func (x *exceptions) arrived(a testkit.Arrival) testkit.Reaction {
	var body callback.GroupSendMsgException
	if a.Command != callback.CommandGroupSendMsgException {
		return testkit.Acknowledge
	}
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return testkit.Fail
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.texts = append(x.texts, fmt.Sprintf("%d %s %s", body.ErrorCode, body.FromAccount, body.MsgBody[0].MsgContent))
	return testkit.Acknowledge
}

// said is how a refused text is told.
func (x *exceptions) said(code int, user, text string) string {
	return fmt.Sprintf(`%d %s {"Text":"%s"}`, code, user, text)
}

func (x *exceptions) all() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return sorted(x.texts)
}

// TestReachOfMutes: who is muted at one node cannot say anything at another one from the
// moment at which the mute is answered, by whatever edge, and the app's backend is told;
// the end of the mute is known as soon.
func TestReachOfMutes(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "g", "Public", "alice", "bob", "carol")
	told := r.tellExceptions()
	bob, carol := r.login(1, "bob"), r.login(2, "carol")
	// As bob by REST, at the node that carol is at.
	sayAsBob := func(text string) error {
		body, err := api.NewMsgBody(api.TextElem{Text: text})
		r.must(err)
		return r.nodes[2].REST(r).Call(r.context(), api.GroupService, "send_group_msg", fields{"GroupId": "g", "Random": r.random.Add(1), "From_Account": "bob", "MsgBody": body}, nil)
	}
	var heard, refused []string
	both := func(text string, check func(what string, err error)) {
		t.Helper()
		check(text, r.say(bob, "g", text))
		check(text+" by REST", sayAsBob(text+" by REST"))
	}
	allowed := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		heard = append(heard, what)
	}
	muted := func(what string, err error) {
		t.Helper()
		r.refused(what, err, codeMuted)
		refused = append(refused, told.said(codeMuted, "bob", what))
	}
	both("before", allowed) // so both nodes know what he may
	for n, mute := range []struct {
		name, command string
		on, off       fields
	}{
		{"muted", "forbid_send_msg", fields{"Members_Account": []string{"bob"}, "MuteTime": 1000}, fields{"Members_Account": []string{"bob"}, "MuteTime": 0}},
		{"all muted", "modify_group_base_info", fields{"MuteAllMember": "On"}, fields{"MuteAllMember": "Off"}},
	} {
		for round := range 3 {
			mute.on["GroupId"], mute.off["GroupId"] = "g", "g"
			r.rest(0, api.GroupService, mute.command, mute.on)
			both(fmt.Sprint(mute.name, " ", round), muted)
			r.rest(n, api.GroupService, mute.command, mute.off)
			both(fmt.Sprint("not ", mute.name, " ", round), allowed)
		}
	}
	r.eventually("what carol heard", heard, func() []string { return r.groupTexts(carol, "g") })
	r.eventually("what the backend was told", sorted(refused), told.all)
}

// TestReachOfTopics: topics that are made, changed and destroyed at one node, what is
// said in them, and who is muted there, are the same at all.
func TestReachOfTopics(t *testing.T) {
	t.Parallel()
	const town, news = "@TGS#_town", "@TGS#_town@TOPIC#_news"
	r := newReach(t)
	for _, u := range []string{"alice", "bob", "carol"} {
		r.rest(0, api.AccountService, "account_import", fields{"UserID": u})
	}
	r.rest(0, api.GroupService, "create_group", fields{
		"GroupId": town, "Type": "Community", "Name": "town", "SupportTopic": 1, "Owner_Account": "alice",
		"MemberList": []fields{{"Member_Account": "bob"}, {"Member_Account": "carol"}},
	})
	alice, bob, carol := r.login(0, "alice"), r.login(1, "bob"), r.login(2, "carol")
	ask := func(c *testkit.Client, command string, request fields) error {
		request["GroupId"] = town
		return c.Call(r.context(), "million_group_open_http_svc."+command, request, nil)
	}
	say := func(c *testkit.Client, text string) error {
		body, err := api.NewMsgBody(api.TextElem{Text: text})
		r.must(err)
		return ask(c, "send_group_msg", fields{"TopicId": news, "Random": r.random.Add(1), "MsgClientTime": time.Now().Unix(), "MsgBody": body})
	}
	// bob and carol are at other nodes than alice, who does all this.
	tip := func(what string, event int) {
		t.Helper()
		for _, c := range []*testkit.Client{bob, carol} {
			r.waits(what, c, func(e *testkit.Event) bool {
				return e.Event == event && slices.ContainsFunc(e.GroupTips(), func(i testkit.GroupItem) bool { return i.GroupInfo.TopicID == news })
			})
		}
	}
	const changed, noticed, allMuted = 4, 5, 6

	r.must(ask(alice, "create_topic", fields{"TopicId": news, "TopicName": "news"}))
	tip("the creation", noticed)
	for i := range 3 {
		r.must(say(alice, fmt.Sprint("alice ", i)))
		r.must(say(bob, fmt.Sprint("bob ", i)))
	}
	r.eventually("what carol heard", []string{"alice 0", "bob 0", "alice 1", "bob 1", "alice 2", "bob 2"}, func() []string { return r.groupTexts(carol, town) })
	r.eventually("what bob heard", []string{"alice 0", "alice 1", "alice 2"}, func() []string { return r.groupTexts(bob, town) })

	r.must(ask(alice, "modify_topic", fields{"TopicId": news, "TopicName": "old news"}))
	tip("the new name", changed)

	muteBob := func(seconds int) {
		t.Helper()
		r.must(ask(alice, "modify_group_member_info", fields{"TopicId": news, "Member_Account": "bob", "ShutUpTime": seconds}))
	}
	muteBob(1000)
	r.refused("who is muted in the topic", say(bob, "muted"), codeMuted)
	r.must(say(carol, "carol"))
	muteBob(0)
	r.must(say(bob, "not muted"))
	r.must(ask(alice, "modify_topic", fields{"TopicId": news, "ShutUpAllMember": "On"}))
	r.refused("where all are muted", say(bob, "all muted"), codeMuted)
	tip("the mute of all", allMuted)

	r.must(ask(alice, "destroy_topic", fields{"TopicIdList": []string{news}}))
	r.refused("what is said in no topic", say(bob, "nowhere"), codeNoTopic)
	tip("the end", noticed)
}

// TestReachOfNames: how somebody is shown, and whether he is there, is the same at all
// nodes.
func TestReachOfNames(t *testing.T) {
	t.Parallel()
	r := newReach(t)
	r.group(0, "g", "Public", "alice", "bob", "carol")
	alice, carol := r.login(0, "alice"), r.login(2, "carol")
	r.must(carol.Call(r.context(), "im_open_status.ws_status_subscribe", fields{"To_Account": []string{"bob"}}, nil))
	const online, offline, loggedOut = 1, 2, 3
	status := func(what string, want int) {
		t.Helper()
		e := r.waits(what, carol, func(e *testkit.Event) bool { return e.Event == 19 })
		var push struct {
			UserStatusList []struct {
				ToAccount string `json:"To_Account"`
				Status    int    `json:"Status"`
			} `json:"UserStatusList"`
		}
		r.must(json.Unmarshal(e.Raw, &push))
		if len(push.UserStatusList) != 1 || push.UserStatusList[0].ToAccount != "bob" || push.UserStatusList[0].Status != want {
			t.Errorf("%s: heard %s, want status %d of bob", what, e.Raw, want)
		}
	}
	bob := r.login(1, "bob")
	status("a login", online)
	r.must(bob.Logout(r.context()))
	status("a logout", loggedOut)
	bob = r.login(1, "bob")
	status("a login again", online)

	named := func(text, nick, card string) {
		t.Helper()
		r.must(r.say(bob, "g", text))
		for _, c := range []*testkit.Client{alice, carol} {
			e := r.waits(text, c, func(e *testkit.Event) bool {
				return slices.ContainsFunc(e.GroupMsgArray(), func(i testkit.GroupItem) bool { return i.Text() == text })
			})
			if info := e.GroupMsgArray()[0].GroupInfo; info.FromAccountNick != nick || info.FromAccountExtraInfo.NameCard != card {
				t.Errorf("%q is said by %q, in the group %q, want %q and %q", text, info.FromAccountNick, info.FromAccountExtraInfo.NameCard, nick, card)
			}
		}
	}
	named("before", "", "") // from then on the nodes remember
	for i := range 3 {
		nick, card, text := fmt.Sprint("Bob ", i), fmt.Sprint("Bobby ", i), fmt.Sprint("renamed ", i)
		r.rest(0, api.AccountService, "account_import", fields{"UserID": "bob", "Nick": nick})
		r.rest(0, api.GroupService, "modify_group_member_info", fields{"GroupId": "g", "Member_Account": "bob", "NameCard": card})
		// Whoever hears what is said at a node has heard of what was changed there before.
		r.must(r.say(alice, "g", text))
		for _, c := range []*testkit.Client{bob, carol} {
			r.waits(text, c, func(e *testkit.Event) bool {
				return slices.ContainsFunc(e.GroupMsgArray(), func(i testkit.GroupItem) bool { return i.Text() == text })
			})
		}
		named(fmt.Sprint("after ", i), nick, card)
	}
	bob.Close()
	status("a closed client", offline)
}
