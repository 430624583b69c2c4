package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
)

// send is a message of one text into a group.
func (f *fixture) send(groupID, from, text string, random uint32) (*api.SendGroupMsgResponse, error) {
	return f.client.SendGroupMsg(f.Context(), &api.SendGroupMsgRequest{GroupID: groupID, FromAccount: from, MsgBody: f.text(text), Random: &random})
}

// codeOf is the ErrorCode that the client was told, 0 for success.
func codeOf(f *fixture, err error) int {
	f.Helper()
	if err == nil {
		return 0
	}
	refusal, ok := errors.AsType[*api.Error](err)
	if !ok {
		f.Fatal(err)
	}
	return refusal.Code
}

// fieldsOf decodes a webhook's body.
func fieldsOf(f *fixture, body string) map[string]any {
	f.Helper()
	var fields map[string]any
	f.must(json.Unmarshal([]byte(body), &fields))
	return fields
}

// TestGroupMessageWebhooks follows messages to the app's backend and back.
func TestGroupMessageWebhooks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Work", "bob")
	backend := f.receive("Group.CallbackBeforeSendMsg", "Group.CallbackAfterSendMsg", "Group.CallbackSendMsgException", "Group.CallbackAfterRecallMsg")
	f.deliver()
	now := float64(f.clock.Now().UnixMilli())
	body := func(text string) any {
		return []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}}
	}
	before := func(text string, random float64) map[string]any {
		return map[string]any{
			"CallbackCommand": "Group.CallbackBeforeSendMsg", "GroupId": "g", "Type": "Work", "From_Account": "bob", "Operator_Account": admin,
			"Random": random, "OnlineOnlyFlag": 0.0, "MsgBody": body(text), "EventTime": now,
		}
	}
	after := func(text string, random, seq float64) map[string]any {
		m := before(text, random)
		m["CallbackCommand"], m["MsgSeq"], m["MsgTime"] = "Group.CallbackAfterSendMsg", seq, now/1000
		return m
	}
	exception := func(text string, random, code float64, info string) map[string]any {
		m := before(text, random)
		m["CallbackCommand"], m["ErrorCode"], m["ErrorInfo"] = "Group.CallbackSendMsgException", code, info
		return m
	}
	next := func(command string) map[string]any {
		t.Helper()
		c := backend.next(f, command)
		equal(f, command+": query", []string{c.query.Get("SdkAppid"), c.query.Get("OptPlatform"), c.query.Get("ClientIP"), c.query.Get("contenttype")},
			[]string{"1400000001", "RESTAPI", "127.0.0.1", "json"})
		return fieldsOf(f, c.body)
	}

	// Allowed.
	sent, err := f.send("g", "bob", "hello", 1)
	f.must(err)
	equal(f, "answer", *sent, api.SendGroupMsgResponse{Response: api.Response{ActionStatus: "OK"}, MsgTime: f.clock.Now().Unix(), MsgSeq: 1})
	equal(f, "question", next("Group.CallbackBeforeSendMsg"), before("hello", 1))
	equal(f, "report", next("Group.CallbackAfterSendMsg"), after("hello", 1, 1))

	// Repeated: nobody hears of it.
	again, err := f.send("g", "bob", "hello", 1)
	f.must(err)
	equal(f, "answer to the repeated one", again, sent)

	// Rewritten.
	backend.answers(http.StatusOK, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}],"CloudCustomData":"seen"}`)
	if _, err = f.send("g", "bob", "damn", 4294967295); err != nil {
		t.Fatal(err)
	}
	equal(f, "question", next("Group.CallbackBeforeSendMsg"), before("damn", 4294967295))
	rewritten := after("***", 4294967295, 2)
	rewritten["CloudCustomData"] = "seen"
	equal(f, "report of the rewritten one", next("Group.CallbackAfterSendMsg"), rewritten)

	// Refused, in every way there is.
	for i, tt := range []struct {
		status int
		reply  string
		deny   bool
		code   int
		info   string
	}{
		{200, `{"ActionStatus":"OK","ErrorInfo":"secret","ErrorCode":1}`, false, 10016, "refused by the app's webhook"},
		{200, `{"ActionStatus":"FAIL","ErrorInfo":"not <you>","ErrorCode":10100}`, false, 10100, "not <you>"},
		{200, `{"ActionStatus":"OK","ErrorInfo":"nor you","ErrorCode":10200}`, false, 10200, "nor you"},
		{200, `{"ActionStatus":"OK","ErrorInfo":"x","ErrorCode":10201}`, false, 10016, "refused by the app's webhook"},
		{200, `{"ActionStatus":"OK","ErrorInfo":"x","ErrorCode":-1}`, false, 10016, "refused by the app's webhook"},
		{500, `{}`, true, 80003, "the app's webhook before sending failed or timed out"},
		{200, `garbage`, true, 80003, "the app's webhook before sending failed or timed out"},
		{200, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem"}]}`, true, 80003, "the app's webhook before sending failed or timed out"},
	} {
		f.change(func(a *chat.App) {
			if a.Webhook.OnFailure = chat.AllowOnFailure; tt.deny {
				a.Webhook.OnFailure = chat.DenyOnFailure
			}
		})
		backend.answers(tt.status, tt.reply)
		text := fmt.Sprintf("refused %d", i)
		_, err := f.send("g", "bob", text, 7)
		refusal, ok := errors.AsType[*api.Error](err)
		if !ok {
			t.Fatalf("%s: %v", text, err)
		}
		equal(f, text, *refusal, api.Error{Code: tt.code, Info: tt.info})
		equal(f, text+": question", next("Group.CallbackBeforeSendMsg"), before(text, 7))
		equal(f, text+": report", next("Group.CallbackSendMsgException"), exception(text, 7, float64(tt.code), tt.info))
	}

	// A webhook that fails lets messages pass unless the app wants otherwise.
	f.change(func(a *chat.App) { a.Webhook.OnFailure = chat.AllowOnFailure })
	backend.answers(http.StatusOK, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[]}`)
	if _, err = f.send("g", "bob", "passes", 8); err != nil {
		t.Fatal(err)
	}
	next("Group.CallbackBeforeSendMsg")
	equal(f, "report of what passed", next("Group.CallbackAfterSendMsg"), after("passes", 8, 3))

	// Discarded: success, and nobody hears of it.
	backend.answers(http.StatusOK, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`)
	discarded, err := f.send("g", "bob", "spam", 9)
	f.must(err)
	next("Group.CallbackBeforeSendMsg")
	if discarded.MsgSeq < 1 || discarded.MsgTime != f.clock.Now().Unix() || discarded.MsgDropReason != "" {
		t.Errorf("the sender of a discarded message is told %+v", discarded)
	}

	// Silenced for one message; refusals are told all the same.
	backend.answers(http.StatusOK, allow)
	quiet := fmt.Sprintf(`{"GroupId":"g","From_Account":"bob","Random":10,"MsgBody":%s,"ForbidCallbackControl":["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"]}`, f.text("quiet"))
	f.code("silenced", "send_group_msg", quiet, 0)
	f.code("muted", "forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"MuteTime":60}`, 10007) // Work has no mute
	f.code("silenced and refused", "send_group_msg", `{"GroupId":"g","From_Account":"bob","Random":11,"MsgBody":[],"ForbidCallbackControl":["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"]}`, 10004)
	refused := exception("", 11, 10004, "invalid parameter: MsgBody has no element")
	refused["MsgBody"] = []any{}
	equal(f, "report of the silenced and refused one", next("Group.CallbackSendMsgException"), refused)

	// Recalled.
	f.code("recall", "group_msg_recall", `{"GroupId":"g","MsgSeqList":[{"MsgSeq":1},{"MsgSeq":99},{"MsgSeq":4}]}`, 0)
	equal(f, "report of the recall", next("Group.CallbackAfterRecallMsg"), map[string]any{
		"CallbackCommand": "Group.CallbackAfterRecallMsg", "Operator_Account": admin, "Type": "Work", "GroupId": "g",
		"MsgSeqList": []any{map[string]any{"MsgSeq": 1.0}, map[string]any{"MsgSeq": 4.0}}, "EventTime": now,
	})
	f.code("recall again", "group_msg_recall", `{"GroupId":"g","MsgSeqList":[{"MsgSeq":1}]}`, 0)
	backend.none(f)
}

// TestBroadcastWebhooks is the same for official accounts.
func TestBroadcastWebhooks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.code("create", "create_official_account", `{"Owner_Account":"alice","OfficialAccountUserID":"@TOA#_news","Name":"News"}`, 0)
	backend := f.receive("OfficialAccount.CallbackBeforeSendMsg", "OfficialAccount.CallbackAfterSendMsg", "OfficialAccount.CallbackAfterMsgWithDraw", "Group.CallbackSendMsgException")
	f.deliver()
	now := float64(f.clock.Now().UnixMilli())
	send := func(random uint32, text string) (*api.SendOfficialAccountMsgResponse, int) {
		t.Helper()
		r, err := f.client.SendOfficialAccountMsg(t.Context(), &api.SendOfficialAccountMsgRequest{OfficialAccount: "@TOA#_news", Random: &random, MsgBody: f.text(text)})
		return r, codeOf(f, err)
	}
	told := func(command, text string) map[string]any {
		return map[string]any{
			"CallbackCommand": command, "Official_Account": "@TOA#_news", "OnlineOnlyFlag": 0.0, "EventTime": now,
			"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}},
		}
	}
	first, code := send(7, "hello")
	equal(f, "code", code, 0)
	equal(f, "question", fieldsOf(f, backend.next(f, "OfficialAccount.CallbackBeforeSendMsg").body), told("OfficialAccount.CallbackBeforeSendMsg", "hello"))
	after := told("OfficialAccount.CallbackAfterSendMsg", "hello")
	after["MsgKey"], after["MsgTime"] = first.MsgKey, now/1000
	equal(f, "report", fieldsOf(f, backend.next(f, "OfficialAccount.CallbackAfterSendMsg").body), after)
	again, code := send(7, "hello")
	equal(f, "code of the repeated one", code, 0)
	equal(f, "answer to the repeated one", again, first)

	for reply, want := range map[string]int{
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":1}`:       10016,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":10100}`:   10016,
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":120000}`:  10016,
		`{"ActionStatus":"OK","ErrorInfo":"x","ErrorCode":120001}`: 120001,
		`{"ActionStatus":"OK","ErrorInfo":"x","ErrorCode":130000}`: 130000,
	} {
		backend.answers(http.StatusOK, reply)
		_, code := send(8, "refused")
		equal(f, reply, code, want)
		backend.next(f, "OfficialAccount.CallbackBeforeSendMsg")
	}
	backend.answers(http.StatusOK, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`)
	discarded, code := send(9, "discarded")
	equal(f, "code of the discarded one", code, 0)
	backend.next(f, "OfficialAccount.CallbackBeforeSendMsg")
	if discarded.MsgKey == first.MsgKey || discarded.MsgTime == 0 {
		t.Errorf("the sender of a discarded broadcast is told %+v", discarded)
	}

	backend.answers(http.StatusOK, allow)
	f.code("recall", "official_account_msg_recall", fmt.Sprintf(`{"Official_Account":"@TOA#_news","MsgKeyList":["%s","%s"]}`, first.MsgKey, discarded.MsgKey), 0)
	equal(f, "report of the recall", fieldsOf(f, backend.next(f, "OfficialAccount.CallbackAfterMsgWithDraw").body), map[string]any{
		"CallbackCommand": "OfficialAccount.CallbackAfterMsgWithDraw", "Official_Account": "@TOA#_news",
		"WithdrawMsgList": []any{map[string]any{"MsgKey": first.MsgKey}}, "EventTime": now,
	})
	backend.none(f)
}

// TestConcurrentCalls: 64 backends at once, over real connections, while others
// are muted and a group is destroyed.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	const callers, rounds = 64, 4
	f := start(t)
	f.receive("Group.CallbackAfterSendMsg", "Group.CallbackSendMsgException")
	f.client.HTTP = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	t.Cleanup(f.client.HTTP.CloseIdleConnections)
	users := make([]string, callers)
	for i := range users {
		users[i] = fmt.Sprintf("u%d", i)
	}
	f.imports(users...)
	f.create("g", "Public", users...)
	f.create("doomed", "Public")
	var mu sync.Mutex // guards all below
	seqs := make(map[int64]string)
	refused, late := 0, 0
	gone := false
	var wg sync.WaitGroup
	for i, user := range users {
		wg.Go(func() {
			for round := range rounds {
				muted := i%8 == 0 && round%2 == 1
				if i%8 == 0 {
					if _, err := f.client.ForbidSendMsg(t.Context(), &api.ForbidSendMsgRequest{
						GroupID: "g", MembersAccount: []string{user}, MuteTime: new(map[bool]uint32{true: 60}[muted]),
					}); err != nil {
						t.Errorf("mute %s: %v", user, err)
					}
				}
				sent, err := f.send("g", user, "hello", uint32(round))
				code := codeOf(f, err)
				mu.Lock()
				switch {
				case muted && code == 10017:
					refused++
				case !muted && code == 0:
					if other := seqs[sent.MsgSeq]; other != "" {
						t.Errorf("%s and %s got the number %d", user, other, sent.MsgSeq)
					}
					seqs[sent.MsgSeq] = user
				default:
					t.Errorf("%s, muted %v: got %d", user, muted, code)
				}
				wasGone := gone
				mu.Unlock()
				if i == 1 && round == 1 {
					if _, err := f.client.DestroyGroup(t.Context(), &api.DestroyGroupRequest{GroupID: "doomed"}); err != nil {
						t.Errorf("destroy: %v", err)
					}
					mu.Lock()
					gone = true
					mu.Unlock()
				}
				_, err = f.send("doomed", user, "hello", uint32(round))
				code = codeOf(f, err)
				mu.Lock()
				if late++; code != 10010 && (wasGone || code != 0) {
					t.Errorf("%s into the group that is destroyed (gone before: %v): got %d", user, wasGone, code)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	want := callers*rounds - callers/8*rounds/2
	equal(f, "messages", len(seqs), want)
	tips := callers / 8 * rounds // the group tells of every mute
	for seq, user := range seqs {
		if seq < 1 || seq > int64(want+tips) {
			t.Errorf("%s got the number %d of %d", user, seq, want+tips)
		}
	}
	equal(f, "refusals", refused, callers/8*rounds/2)
	equal(f, "reports of g", len(f.outboxOf("g", "Group.CallbackAfterSendMsg")), want)
	equal(f, "exceptions of g", len(f.outboxOf("g", "Group.CallbackSendMsgException")), refused)
	equal(f, "reports and exceptions of the other group", len(f.outboxOf("doomed", "")), late)
}
