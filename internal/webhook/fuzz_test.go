package webhook

import (
	"errors"
	"strings"
	"testing"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
)

// FuzzReadAnswer lets a receiver answer anything to a question about a message.
// What comes out is a failure, a refusal with a code that receivers may use, or a
// message that could have been sent like this.
func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{
		allOK, `{"ErrorCode":1}`, `{"ErrorCode":"2"}`, `{"ErrorCode":10150,"ErrorInfo":"no"}`, `{"ErrorCode":0,"CloudCustomData":"x"}`,
		`{"ErrorCode":0.0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"<&>\ud800"}}]}`, `{"ErrorCode":0,"MsgBody":[]}`,
		`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageFormat":1,"ImageInfoArray":[{"Width":1,"Height":1,"URL":"u"}]}}]}`,
		`[]`, `null`, "\ufeff{}",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	asked := text(f, strings.Repeat("x", 5000))
	asked.CloudCustomData = strings.Repeat("y", 5000)
	f.Fuzz(func(t *testing.T, reply []byte, official bool) {
		command, least, most := callback.CommandGroupBeforeSendMsg, chat.GroupRefusalMin, chat.GroupRefusalMax
		if official {
			command, least, most = callback.CommandOfficialAccountBeforeSendMsg, chat.OfficialRefusalMin, chat.OfficialRefusalMax
		}
		a, err := readAnswer(command, asked, reply)
		if err != nil {
			if a.Body != nil || a.CloudCustomData != nil || a.Refusal != nil || a.Discard {
				t.Fatalf("a failure (%v) comes with the answer %+v", err, a)
			}
			return
		}
		if a.Refusal != nil {
			own := least <= a.Refusal.Code && a.Refusal.Code <= most
			if !a.ByApp || !own && !errors.Is(a.Refusal, chat.ErrRefusedByApp) {
				t.Fatalf("refused with %v", a.Refusal)
			}
			return
		}
		size := len(asked.Body.JSON)
		if a.Body != nil {
			size = len(a.Body.JSON)
			if _, why := chat.ParseBody(a.Body.JSON); why != "" {
				t.Fatalf("the replacement %s is not valid: %s", a.Body.JSON, why)
			}
		}
		if a.CloudCustomData != nil {
			size += len(*a.CloudCustomData)
		} else {
			size += len(asked.CloudCustomData)
		}
		if size > chat.MaxMessageBytes {
			t.Fatalf("the message has %d bytes", size)
		}
	})
}
