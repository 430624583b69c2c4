package rest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/parley-im/parley/internal/store"
)

// FuzzSendGroupMsg: whatever an administrator sends, he gets an envelope with
// HTTP 200, and never an internal error. What the app's backend would get is JSON
// too.
func FuzzSendGroupMsg(f *testing.F) {
	w := start(f)
	w.create("g", "Public", "bob")
	w.receive("Group.CallbackAfterSendMsg", "Group.CallbackSendMsgException")
	address := "/v4/" + path("send_group_msg") + "?" + w.query().Encode()

	full, err := os.ReadFile(filepath.Join("..", "..", "api", "testdata", "group_send_group_msg.request.json"))
	w.must(err)
	f.Add(full)
	for _, seed := range []string{
		`{"GroupId":"g","Random":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]}`,
		`{"GroupId":"g","Random":4294967295,"From_Account":"bob","OnlineOnlyFlag":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"\ud83d\ude00\ud83d"}}],"CloudCustomData":"c"}`,
		`{"GroupId":"g","Random":1,"MsgBody":[{"MsgType":"New","MsgContent":[]},5,{}],"To_Account":["bob"],"GroupAtInfo":[{"GroupAtAllFlag":1}]}`,
		`{"GroupId":"g","Random":"1","MsgBody":{},"SendMsgControl":5,"ForbidCallbackControl":"ForbidAfterSendMsgCallback"}`,
		`{"GroupId":"\u0000","Random":1,"TopicId":"t","MsgPriority":"Low","OfflinePushInfo":{"AndroidInfo":{}},"groupid":5}`,
		`{"GroupId":"unknown","Random":1e0}`,
		`null`, `[]`, `{}{}`, "{\"x\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
		r := httptest.NewRecorder()
		w.handler.ServeHTTP(r, request)
		a := check(t, "send_group_msg", r.Code, r.Header(), r.Body.Bytes())
		switch a.ErrorCode {
		case 0, 10004, 10005, 10007, 10010, 10015, 10019, 10053, 10061, 60003, 80002, 110013:
		default:
			t.Errorf("%q is answered with %s", body, a.raw)
		}
		if a.ErrorCode == 60003 {
			return
		}
		err := w.store.View(t.Context(), func(tx store.Tx) error {
			events, _, err := tx.ListEvents(t.Context(), store.EventQuery{App: appID, Limit: 1})
			for _, e := range events {
				if !json.Valid(e.Body) || !utf8.Valid(e.Body) {
					t.Errorf("%q makes the webhook %q", body, e.Body)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
