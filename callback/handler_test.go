package callback_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

// Every command reaches its function, with the body that was sent.
func TestHandlerDispatch(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	var got any
	var request callback.Request
	seen := func(r callback.Request, body any) { got, request = body, r }
	r.OnGroupBeforeSendMsg(func(_ context.Context, r callback.Request, b *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		seen(r, b)
		return nil, nil
	})
	r.OnGroupAfterSendMsg(func(_ context.Context, r callback.Request, b *callback.GroupAfterSendMsg) error {
		seen(r, b)
		return nil
	})
	r.OnGroupSendMsgException(func(_ context.Context, r callback.Request, b *callback.GroupSendMsgException) error {
		seen(r, b)
		return nil
	})
	r.OnGroupAfterRecallMsg(func(_ context.Context, r callback.Request, b *callback.GroupAfterRecallMsg) error {
		seen(r, b)
		return nil
	})
	r.OnGroupAfterReadReceipt(hearing[callback.GroupAfterReadReceipt](seen))
	r.OnGroupBeforeCreateGroup(allowing[callback.GroupBeforeCreateGroup](seen))
	r.OnGroupAfterCreateGroup(hearing[callback.GroupAfterCreateGroup](seen))
	r.OnGroupBeforeApplyJoinGroup(allowing[callback.GroupBeforeApplyJoinGroup](seen))
	r.OnGroupBeforeInviteJoinGroup(allowing[callback.GroupBeforeInviteJoinGroup](seen))
	r.OnGroupAfterNewMemberJoin(hearing[callback.GroupAfterNewMemberJoin](seen))
	r.OnGroupAfterMemberExit(hearing[callback.GroupAfterMemberExit](seen))
	r.OnGroupAfterGroupFull(hearing[callback.GroupAfterGroupFull](seen))
	r.OnGroupAfterGroupDestroyed(hearing[callback.GroupAfterGroupDestroyed](seen))
	r.OnGroupAfterGroupInfoChanged(hearing[callback.GroupAfterGroupInfoChanged](seen))
	r.OnGroupAfterMemberFieldChanged(hearing[callback.GroupAfterMemberFieldChanged](seen))
	r.OnGroupAfterChangeGroupOwner(hearing[callback.GroupAfterChangeGroupOwner](seen))
	r.OnGroupBeforeCreateTopic(allowing[callback.GroupBeforeCreateTopic](seen))
	r.OnGroupAfterCreateTopic(hearing[callback.GroupAfterCreateTopic](seen))
	r.OnGroupAfterTopicDestroyed(hearing[callback.GroupAfterTopicDestroyed](seen))
	r.OnGroupAfterTopicInfoChanged(hearing[callback.GroupAfterTopicInfoChanged](seen))
	r.OnGroupOnMemberStateChange(hearing[callback.GroupOnMemberStateChange](seen))
	r.OnGroupAfterGroupAttrChanged(hearing[callback.GroupAfterGroupAttrChanged](seen))
	r.OnGroupAfterGroupMsgExtension(hearing[callback.GroupAfterGroupMsgExtension](seen))
	r.OnC2CBeforeSendMsg(allowing[callback.C2CBeforeSendMsg](seen))
	r.OnC2CAfterSendMsg(hearing[callback.C2CAfterSendMsg](seen))
	r.OnC2CAfterMsgReport(hearing[callback.C2CAfterMsgReport](seen))
	r.OnC2CAfterMsgWithdraw(hearing[callback.C2CAfterMsgWithdraw](seen))
	r.OnC2CAfterC2CMsgExtension(hearing[callback.C2CAfterC2CMsgExtension](seen))
	r.OnStateChange(hearing[callback.StateChange](seen))
	r.OnProfilePortraitSet(hearing[callback.ProfilePortraitSet](seen))
	r.OnSNSPrevFriendAdd(allowing[callback.SNSPrevFriendAdd](seen))
	r.OnSNSPrevFriendResponse(allowing[callback.SNSPrevFriendResponse](seen))
	r.OnSNSFriendAdd(hearing[callback.SNSFriendAdd](seen))
	r.OnSNSFriendDelete(hearing[callback.SNSFriendDelete](seen))
	r.OnSNSBlackListAdd(hearing[callback.SNSBlackListAdd](seen))
	r.OnSNSBlackListDelete(hearing[callback.SNSBlackListDelete](seen))
	r.OnFollowAfterFollowAdd(hearing[callback.FollowAfterFollowAdd](seen))
	r.OnFollowAfterFollowDelete(hearing[callback.FollowAfterFollowDelete](seen))
	r.OnOfficialAccountBeforeSendMsg(func(_ context.Context, r callback.Request, b *callback.OfficialAccountBeforeSendMsg) (*callback.Reply, error) {
		seen(r, b)
		return nil, nil
	})
	r.OnOfficialAccountAfterSendMsg(func(_ context.Context, r callback.Request, b *callback.OfficialAccountAfterSendMsg) error {
		seen(r, b)
		return nil
	})
	r.OnOfficialAccountAfterMsgWithdraw(func(_ context.Context, r callback.Request, b *callback.OfficialAccountAfterMsgWithdraw) error {
		seen(r, b)
		return nil
	})
	r.OnPing(func(_ context.Context, r callback.Request, b *callback.Ping) error {
		seen(r, b)
		return nil
	})

	for name, body := range goldenBodies { // one after the other: they share got
		got = nil
		d := delivery(t, body)
		if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
			t.Errorf("%s: answer %d %s", name, status, reply)
		}
		want := body.Command().NewBody()
		if err := json.Unmarshal(d.Body, want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", name, diff)
		}
		wantRequest := callback.Request{
			SDKAppID:    appID,
			Command:     body.Command(),
			EventID:     "event-1",
			Attempt:     2,
			ClientIP:    "192.0.2.1",
			OptPlatform: callback.PlatformWeb,
			Body:        d.Body,
		}
		if body.Command() == callback.CommandGroupOnMemberStateChange {
			wantRequest.ClientIP, wantRequest.OptPlatform = "", "" // no client asked for it
		}
		if diff := cmp.Diff(wantRequest, request); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", name, diff)
		}
	}
}

func TestHandlerReplies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply *callback.Reply
		want  string
	}{
		"nil":     {nil, ackOK},
		"zero":    {&callback.Reply{}, ackOK},
		"allow":   {callback.Allow(), ackOK},
		"refuse":  {callback.Refuse(), `{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}`},
		"discard": {callback.Discard(), `{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}`},
		"own code": {
			callback.RefuseWith(10101, "a < b"),
			`{"ActionStatus":"OK","ErrorCode":10101,"ErrorInfo":"a < b"}`,
		},
		"replacement": {
			callback.Replace(callback.TextElement("***")),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}]}`,
		},
		"empty replacement": {
			callback.Replace(),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgBody":[]}`,
		},
		"some members refused": {
			callback.AllowExcept("a", "b"),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RefusedMembers_Account":["a","b"]}`,
		},
		"single users": {
			callback.DecideEach(callback.AccountResult{ToAccount: "a", ResultCode: 38001, ResultInfo: "no"}),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"To_Account":"a","ResultCode":38001,"ResultInfo":"no"}]}`,
		},
		"other custom data": {
			&callback.Reply{CloudCustomData: new("")},
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","CloudCustomData":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, callback.Options{})
			r.OnGroupBeforeSendMsg(func(context.Context, callback.Request, *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
				return test.reply, nil
			})
			status, reply := r.deliver(t, delivery(t, callback.GroupBeforeSendMsg{}))
			if status != http.StatusOK || reply != test.want {
				t.Errorf("answer %d %s, want 200 %s", status, reply, test.want)
			}
			if _, err := callback.ParseReply([]byte(reply)); err != nil {
				t.Errorf("the server cannot read it: %v", err)
			}
		})
	}
}

func TestHandlerFunctionFails(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	r.OnGroupAfterSendMsg(func(context.Context, callback.Request, *callback.GroupAfterSendMsg) error {
		return errors.New("database password rejected")
	})
	r.OnGroupBeforeSendMsg(func(context.Context, callback.Request, *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		return nil, errors.New("no decision")
	})
	r.OnOfficialAccountBeforeSendMsg(func(context.Context, callback.Request, *callback.OfficialAccountBeforeSendMsg) (*callback.Reply, error) {
		return callback.Replace(callback.MsgElement{MsgType: "TIMTextElem", MsgContent: json.RawMessage("{")}), nil
	})
	for _, test := range []struct {
		body callback.Body
		log  string
	}{
		{callback.GroupAfterSendMsg{}, "database password rejected"},
		{callback.GroupBeforeSendMsg{}, "no decision"},
		{callback.OfficialAccountBeforeSendMsg{}, "encode reply"},
	} {
		status, reply := r.deliver(t, delivery(t, test.body))
		if want := `{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"Internal Server Error"}`; status != http.StatusInternalServerError || reply != want {
			t.Errorf("%s: answer %d %s, want 500 %s", test.body.Command(), status, reply, want)
		}
		if !strings.Contains(r.log.String(), test.log) || !strings.Contains(r.log.String(), "event_id=event-1") {
			t.Errorf("%s: log does not say %q:\n%s", test.body.Command(), test.log, r.log)
		}
	}
}

func TestHandlerPanicClosesConnection(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	r.OnPing(func(context.Context, callback.Request, *callback.Ping) error { panic("a bug") })
	request, err := delivery(t, callback.Ping{}).NewRequest(t.Context(), r.endpoint, r.now)
	if err != nil {
		t.Fatal(err)
	}
	response, err := r.client.Do(request)
	if err == nil {
		response.Body.Close()
		t.Fatalf("answered %s", response.Status)
	}
}

func TestHandlerAcknowledgesTheRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command callback.Command
		body    string
	}{
		"report without function":   {callback.CommandGroupAfterSendMsg, `{"CallbackCommand":"Group.CallbackAfterSendMsg"}`},
		"question without function": {callback.CommandGroupBeforeSendMsg, `{"CallbackCommand":"Group.CallbackBeforeSendMsg"}`},
		"unknown":                   {"State.StateChange", `{"CallbackCommand":"State.StateChange","Info":{}}`},
		"unknown, unnamed in body":  {"Push.OfflinePush", `{"Events":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := delivery(t, callback.Ping{})
			d.Query.Command, d.Body = test.command, []byte(test.body)

			r := newReceiver(t, callback.Options{})
			if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
				t.Errorf("answer %d %s, want 200 %s", status, reply, ackOK)
			}

			var got callback.Request
			r = newReceiver(t, callback.Options{})
			r.OnPing(func(context.Context, callback.Request, *callback.Ping) error { return errors.New("not a ping") })
			r.OnOther(func(_ context.Context, request callback.Request) error {
				got = request
				return nil
			})
			if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
				t.Errorf("with OnOther: answer %d %s, want 200 %s", status, reply, ackOK)
			}
			if got.Command != test.command || string(got.Body) != test.body {
				t.Errorf("OnOther got %s %s", got.Command, got.Body)
			}

			r = newReceiver(t, callback.Options{})
			r.OnOther(func(context.Context, callback.Request) error { return errors.New("queue full") })
			if status, _ := r.deliver(t, d); status != http.StatusInternalServerError {
				t.Errorf("with OnOther failing: answer %d, want 500", status)
			}
		})
	}
}

func TestNewHandlerFails(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]callback.Options{
		"no app":           {},
		"empty token":      {SDKAppID: appID, Tokens: []string{"t", ""}},
		"empty secret":     {SDKAppID: appID, SigningSecrets: []string{""}},
		"malformed secret": {SDKAppID: appID, SigningSecrets: []string{hookSecret, "whsec_short"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := callback.NewHandler(o); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestRegisterPanics(t *testing.T) {
	t.Parallel()
	after := func(context.Context, callback.Request, *callback.Ping) error { return nil }
	other := func(context.Context, callback.Request) error { return nil }
	for name, register := range map[string]func(*callback.Handler){
		"nil before":   func(h *callback.Handler) { h.OnGroupBeforeSendMsg(nil) },
		"nil after":    func(h *callback.Handler) { h.OnPing(nil) },
		"nil other":    func(h *callback.Handler) { h.OnOther(nil) },
		"second after": func(h *callback.Handler) { h.OnPing(after); h.OnPing(after) },
		"second other": func(h *callback.Handler) { h.OnOther(other); h.OnOther(other) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := callback.NewHandler(callback.Options{SDKAppID: appID})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			register(h)
		})
	}
}
