package api_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
)

func TestStringList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       api.StringList
	}{
		{"absent", `{}`, nil},
		{"null", `{"SendMsgControl":null}`, nil},
		{"single string", `{"SendMsgControl":"NoUnread"}`, api.StringList{"NoUnread"}},
		{"escaped single string", `{"SendMsgControl":"\u004eoUnread"}`, api.StringList{"NoUnread"}},
		{"empty array", `{"SendMsgControl":[]}`, api.StringList{}},
		{"array", `{"SendMsgControl":["NoUnread","NoLastMsg"]}`, api.StringList{"NoUnread", "NoLastMsg"}},
		{"white space", "{\"SendMsgControl\" : \n [ \"NoUnread\" ] }", api.StringList{"NoUnread"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r api.SendGroupMsgRequest
			if err := json.Unmarshal([]byte(tt.body), &r); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.SendMsgControl, tt.want); diff != "" {
				t.Errorf("list (-got +want):\n%s", diff)
			}
		})
	}
}

func TestStringListRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`1`, `true`, `{"a":"b"}`, `[1]`, `[["NoUnread"]]`} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			var r api.SendGroupMsgRequest
			err := json.Unmarshal([]byte(`{"SendMsgControl":`+value+`}`), &r)
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
				t.Errorf("got error %v, want a *json.UnmarshalTypeError", err)
			}
		})
	}
}

func FuzzStringList(f *testing.F) {
	for _, seed := range []string{`null`, `""`, `"NoUnread"`, `["a",null]`, `[]`, `{}`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var list api.StringList
		if json.Unmarshal(data, &list) != nil {
			return
		}
		again, err := json.Marshal(list)
		if err != nil {
			t.Fatalf("encode %q: %v", list, err)
		}
		var got api.StringList
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatalf("decode %s: %v", again, err)
		}
		if diff := cmp.Diff(got, list); diff != "" {
			t.Errorf("round trip through %s (-got +want):\n%s", again, diff)
		}
	})
}
