package callback_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

func TestParseReply(t *testing.T) {
	t.Parallel()
	text := []callback.MsgElement{{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{"Text":"***"}`)}}
	for name, test := range map[string]struct {
		text string
		want callback.Reply
	}{
		"documented":             {`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`, callback.Reply{ActionStatus: "OK"}},
		"ErrorCode alone":        {`{"ErrorCode":0}`, callback.Reply{}},
		"FAIL but 0":             {`{"ActionStatus":"FAIL","ErrorCode":0}`, callback.Reply{ActionStatus: "FAIL"}},
		"OK but 1":               {`{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":"no"}`, callback.Reply{ActionStatus: "OK", ErrorCode: 1, ErrorInfo: "no"}},
		"numeric string":         {`{"ErrorCode":"10101","ErrorInfo":"spam"}`, callback.Reply{ErrorCode: 10101, ErrorInfo: "spam"}},
		"numeric string, padded": {`{"ErrorCode":" 2 "}`, callback.Reply{ErrorCode: 2}},
		"whole float":            {`{"ErrorCode":1.0}`, callback.Reply{ErrorCode: 1}},
		"exponent":               {`{"ErrorCode":1e0}`, callback.Reply{ErrorCode: 1}},
		"negative":               {`{"ErrorCode":-1}`, callback.Reply{ErrorCode: -1}},
		"texts that are none":    {`{"ActionStatus":1,"ErrorCode":0,"ErrorInfo":null}`, callback.Reply{}},
		"unknown field":          {`{"ErrorCode":0,"Data":{"a":[]}}`, callback.Reply{}},
		"byte order mark, space": {"\ufeff \r\n{\"ErrorCode\":0}\n", callback.Reply{}},
		"replacement":            {`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}],"CloudCustomData":"x"}`, callback.Reply{MsgBody: &text, CloudCustomData: new("x")}},
		"empty replacement":      {`{"ErrorCode":0,"MsgBody":[],"CloudCustomData":""}`, callback.Reply{MsgBody: &[]callback.MsgElement{}, CloudCustomData: new("")}},
		"refused members":        {`{"ErrorCode":0,"RefusedMembers_Account":["a","b"]}`, callback.Reply{RefusedMembersAccount: []string{"a", "b"}}},
		"no refused members":     {`{"ErrorCode":0,"RefusedMembers_Account":null}`, callback.Reply{}},
		"single users": {
			`{"ErrorCode":1,"ResultItem":[{"To_Account":"a","ResultCode":0},{"To_Account":"b","ResultCode":"38001","ResultInfo":"no"}]}`,
			callback.Reply{ErrorCode: 1, ResultItem: []callback.AccountResult{{ToAccount: "a"}, {ToAccount: "b", ResultCode: 38001, ResultInfo: "no"}}},
		},
		"null replacement":         {`{"ErrorCode":0,"MsgBody":null,"CloudCustomData":null}`, callback.Reply{}},
		"replacement with refusal": {`{"ErrorCode":1,"MsgBody":"?","CloudCustomData":7}`, callback.Reply{ErrorCode: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := callback.ParseReply([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReplyFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"empty":                {"", "unexpected end"},
		"bare word":            {"success", "invalid character"},
		"HTML":                 {"<html>", "invalid character"},
		"string":               {`"ok"`, "cannot unmarshal"},
		"array":                {`[]`, "cannot unmarshal"},
		"null":                 {`null`, "ErrorCode missing"},
		"empty object":         {`{}`, "ErrorCode missing"},
		"null code":            {`{"ErrorCode":null}`, "ErrorCode missing"},
		"code not numeric":     {`{"ErrorCode":"OK"}`, `ErrorCode is "OK"`},
		"empty code":           {`{"ErrorCode":""}`, `ErrorCode is ""`},
		"code true":            {`{"ErrorCode":true}`, `ErrorCode is "true"`},
		"code an object":       {`{"ErrorCode":{}}`, "ErrorCode is"},
		"code a fraction":      {`{"ErrorCode":0.5}`, "ErrorCode is"},
		"code not a number":    {`{"ErrorCode":"NaN"}`, "ErrorCode is"},
		"code infinite":        {`{"ErrorCode":"Inf"}`, "ErrorCode is"},
		"code too large":       {`{"ErrorCode":1e300}`, "ErrorCode is"},
		"two values":           {`{"ErrorCode":0}{}`, "after top-level value"},
		"MsgBody an object":    {`{"ErrorCode":0,"MsgBody":{}}`, "MsgBody"},
		"element a string":     {`{"ErrorCode":0,"MsgBody":["a"]}`, "MsgBody"},
		"element null":         {`{"ErrorCode":0,"MsgBody":[null]}`, "element 0 without MsgType"},
		"element untyped":      {`{"ErrorCode":0,"MsgBody":[{"MsgContent":{}}]}`, "element 0 without MsgType"},
		"element empty":        {`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem"}]}`, "element 0 without an object"},
		"content a string":     {`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":"{}"}]}`, "element 0 without an object"},
		"content null":         {`{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":null}]}`, "element 0 without an object"},
		"content not UTF-8":    {"{\"ErrorCode\":0,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\xff\"}}]}", "not UTF-8"},
		"custom data a number": {`{"ErrorCode":0,"CloudCustomData":1}`, "CloudCustomData"},
		"custom data no UTF-8": {"{\"ErrorCode\":0,\"CloudCustomData\":\"\xff\"}", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := callback.ParseReply([]byte(test.text))
			if err == nil {
				t.Fatalf("parsed as %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

func TestAcknowledged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"ActionStatus":"OK","ErrorCode":0}`:   true,
		`{"ActionStatus":"FAIL","ErrorCode":1}`: true,
		`{"ErrorCode":"?"}`:                     true,
		"\ufeff\r\n {} \n":                      true,
		`{}`:                                    true,
		``:                                      false,
		`null`:                                  false,
		`[]`:                                    false,
		`ok`:                                    false,
		`"{}"`:                                  false,
		`{`:                                     false,
		`{} {}`:                                 false,
		`{"ErrorCode":0,}`:                      false,
	} {
		if got := callback.Acknowledged([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte(`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`))
	f.Add([]byte("\ufeff" + `{"ErrorCode":"0","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}}],"CloudCustomData":"b"}`))
	f.Add([]byte(`{"ErrorCode":1e0,"MsgBody":7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		reply, err := callback.ParseReply(text)
		if err != nil {
			return
		}
		if !callback.Acknowledged(text) {
			t.Fatalf("a reply, but no object: %q", text)
		}
		if reply.ErrorCode != callback.CodeAllow && (reply.MsgBody != nil || reply.CloudCustomData != nil) {
			t.Fatal("a refusal with a replacement")
		}
		if reply.MsgBody == nil {
			return
		}
		body, err := callback.Encode(callback.GroupAfterSendMsg{MsgBody: *reply.MsgBody})
		if err != nil {
			t.Fatalf("replacement cannot be sent on: %v", err)
		}
		if !utf8.Valid(body) {
			t.Fatalf("replacement is not UTF-8: %q", body)
		}
	})
}
