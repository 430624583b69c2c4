package callback_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenBodies has each command twice: with every field, and with what is
// always there.
var goldenBodies = map[string]callback.Body{
	"group_before_send_msg": callback.GroupBeforeSendMsg{
		GroupID:         "@TGS#2J4SZEAEL",
		Type:            "Public",
		FromAccount:     "jared",
		OperatorAccount: "administrator",
		Random:          4026038328,
		MsgID:           "144115233406643804-1727580296-4026038328",
		OnlineOnlyFlag:  1,
		MsgBody: []callback.MsgElement{
			callback.TextElement("<b>red & \"packet\"</b> 红包"),
			{MsgType: "TIMCustomElem", MsgContent: json.RawMessage(`{"Data":"{\"n\":1}", "Big": 18446744073709551615}`)},
		},
		CloudCustomData: `{"a":"<b>"}`,
		TopicID:         "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic",
		EventTime:       1670574414123,
	},
	"group_before_send_msg_least": &callback.GroupBeforeSendMsg{},
	"group_after_send_msg": &callback.GroupAfterSendMsg{
		GroupID:         "@TGS#2J4SZEAEL",
		Type:            "Public",
		FromAccount:     "jared",
		OperatorAccount: "administrator",
		Random:          4026038328,
		MsgSeq:          4294967295,
		MsgTime:         1670574414,
		MsgID:           "144115233406643804-1727580296-4026038328",
		OnlineOnlyFlag:  1,
		MsgBody:         []callback.MsgElement{callback.TextElement("@all @brennan hello")},
		GroupAtInfo:     []callback.GroupAt{{GroupAtAllFlag: 1}, {UserID: "brennan"}},
		CloudCustomData: "your cloud custom data",
		TopicID:         "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic",
		EventTime:       1670574414123,
	},
	"group_after_send_msg_least": callback.GroupAfterSendMsg{GroupAtInfo: []callback.GroupAt{}},
	"group_send_msg_exception": callback.GroupSendMsgException{
		GroupID:         "@TGS#2J4SZEAEL",
		Type:            "Community",
		FromAccount:     "jared",
		OperatorAccount: "jared",
		Random:          2804799576,
		OnlineOnlyFlag:  1,
		MsgBody:         []callback.MsgElement{callback.TextElement("red packet"), {MsgType: "TIMTextElem"}},
		CloudCustomData: "your cloud custom data",
		ErrorCode:       10023,
		ErrorInfo:       "msg count exceeds limit,please retry later",
		EventTime:       1670574414123,
	},
	"group_send_msg_exception_least": callback.GroupSendMsgException{},
	"group_after_recall_msg": callback.GroupAfterRecallMsg{
		OperatorAccount: "admin",
		Type:            "Community",
		GroupID:         "@TGS#_@TGS#cQVLVHIM62CJ",
		MsgSeqList: []callback.GroupRecalledMsg{
			{MsgSeq: 130, MsgID: "144115233406643804-1727580296-4026038328"},
			{MsgSeq: 131},
		},
		TopicID:   "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_TestTopic",
		EventTime: 1670574414123,
	},
	"group_after_recall_msg_least": callback.GroupAfterRecallMsg{},
	"official_account_before_send_msg": callback.OfficialAccountBeforeSendMsg{
		OfficialAccount: "@TOA#_@TOA#dOEF",
		OnlineOnlyFlag:  1,
		MsgBody:         []callback.MsgElement{callback.TextElement("news")},
		CloudCustomData: "your cloud custom data",
		EventTime:       1698741698123,
	},
	"official_account_before_send_msg_least": callback.OfficialAccountBeforeSendMsg{},
	"official_account_after_send_msg": callback.OfficialAccountAfterSendMsg{
		OfficialAccount: "@TOA#_@TOA#dOEF",
		MsgKey:          "71_1_1698741698",
		MsgTime:         1698741698,
		OnlineOnlyFlag:  1,
		MsgBody:         []callback.MsgElement{callback.TextElement("news")},
		CloudCustomData: "your cloud custom data",
		EventTime:       1698741698123,
	},
	"official_account_after_send_msg_least": callback.OfficialAccountAfterSendMsg{},
	"official_account_after_msg_withdraw": callback.OfficialAccountAfterMsgWithdraw{
		OfficialAccount: "@TOA#_@TOA#dOEF",
		WithdrawMsgList: []callback.WithdrawnMsg{{MsgKey: "71_1_1698741698"}, {MsgKey: "72_1_1698741699"}},
		EventTime:       1698741698123,
	},
	"official_account_after_msg_withdraw_least": callback.OfficialAccountAfterMsgWithdraw{},
	"parley_ping":       callback.Ping{EventTime: 1698741698123},
	"parley_ping_least": callback.Ping{},
}

func TestEncodeGolden(t *testing.T) {
	t.Parallel()
	for name, body := range goldenBodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := callback.Encode(body)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// What was sent is what a receiver decodes.
func TestDecodeGolden(t *testing.T) {
	t.Parallel()
	for name, body := range goldenBodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := callback.Encode(body)
			if err != nil {
				t.Fatal(err)
			}
			decoded := body.Command().NewBody()
			if err := json.Unmarshal(want, decoded); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(decoded) // not Encode, which would repair
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(anyJSON(t, want), anyJSON(t, got)); diff != "" {
				t.Errorf("decoded and encoded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGoldenCoversCommands(t *testing.T) {
	t.Parallel()
	count := make(map[callback.Command]int)
	for _, body := range goldenBodies {
		count[body.Command()]++
	}
	for _, command := range callback.Commands() {
		if count[command] != 2 {
			t.Errorf("%s has %d golden files, want 2", command, count[command])
		}
	}
}

func TestEncodeLeavesBodyAlone(t *testing.T) {
	t.Parallel()
	body := &callback.GroupAfterSendMsg{CallbackCommand: "Other"}
	if _, err := callback.Encode(body); err != nil {
		t.Fatal(err)
	}
	if body.CallbackCommand != "Other" || body.MsgBody != nil {
		t.Errorf("body is %+v", body)
	}
}

func TestAppendBody(t *testing.T) {
	t.Parallel()
	got, err := callback.AppendBody([]byte("head "), callback.Ping{EventTime: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := `head {"CallbackCommand":"Parley.Ping","EventTime":1}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEncodeRefusesBrokenContent(t *testing.T) {
	t.Parallel()
	dst := []byte("head ")
	got, err := callback.AppendBody(dst, callback.GroupAfterSendMsg{
		MsgBody: []callback.MsgElement{{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{"Text":`)}},
	})
	if err == nil {
		t.Fatalf("encoded %s", got)
	}
	if string(got) != "head " {
		t.Errorf("dst became %q", got)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		element callback.MsgElement
		want    string
		ok      bool
	}{
		"text":           {callback.TextElement("a<b"), "a<b", true},
		"empty text":     {callback.TextElement(""), "", true},
		"another type":   {callback.MsgElement{MsgType: "TIMFaceElem", MsgContent: json.RawMessage(`{"Text":"a"}`)}, "", false},
		"broken content": {callback.MsgElement{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{`)}, "", false},
		"no content":     {callback.MsgElement{MsgType: "TIMTextElem"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := test.element.Text()
			if got != test.want || ok != test.ok {
				t.Errorf("got %q, %t, want %q, %t", got, ok, test.want, test.ok)
			}
		})
	}
}

func anyJSON(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func BenchmarkAppendBody(b *testing.B) {
	body := goldenBodies["group_after_send_msg"]
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = callback.AppendBody(buf[:0], body); err != nil {
			b.Fatal(err)
		}
	}
}
