package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/rest"
)

// parameter is what each service answers to a wrong parameter.
var parameter = map[string]int{api.AccountService: 70402, api.GroupService: 10004, api.OfficialService: 6017}

// field is one field of a request, however deep.
type field struct {
	// names lead to it; every one of them but the last is an object or an array
	// whose first item is one.
	names []string
	typ   reflect.Type
	// inList says of the last name whether its object stands in a list.
	inList bool
}

func (f field) String() string { return strings.Join(f.names, ".") }

var (
	rawMessage = reflect.TypeFor[json.RawMessage]()
	stringList = reflect.TypeFor[api.StringList]()
)

// fields lists all fields of a request.
func fields(t reflect.Type, at ...string) []field {
	inList := t.Kind() == reflect.Slice
	for t.Kind() == reflect.Pointer || (t.Kind() == reflect.Slice && t != rawMessage) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var list []field
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names := append(slices.Clone(at), name)
		list = append(list, field{names, f.Type, inList})
		list = append(list, fields(f.Type, names...)...)
	}
	return list
}

// wrong returns values that are none of type t.
func wrong(t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case rawMessage:
		return []string{`1`, `"x"`, `{}`, `true`, `[]`, `[1]`}
	case stringList:
		return []string{`1`, `{}`, `true`, `[1]`, `[{}]`, `["x",[]]`}
	}
	switch t.Kind() {
	case reflect.String:
		return []string{`1`, `1.5`, `true`, `{}`, `[]`, `["x"]`}
	case reflect.Int, reflect.Int64:
		return []string{`"1"`, `1.5`, `1e3`, `true`, `{}`, `[]`, `99999999999999999999`, `-99999999999999999999`, `1e400`}
	case reflect.Uint32:
		return []string{`"1"`, `1.5`, `-1`, `4294967296`, `true`, `{}`, `[1]`}
	case reflect.Uint64:
		return []string{`"1"`, `0.5`, `-1`, `18446744073709551616`, `true`, `{}`, `[]`}
	case reflect.Struct:
		return []string{`1`, `"x"`, `true`, `[]`, `[{}]`}
	case reflect.Slice:
		values := []string{`1`, `"x"`, `true`, `{}`}
		for _, item := range wrong(t.Elem()) {
			values = append(values, `[`+item+`]`)
		}
		return values
	}
	panic(fmt.Sprintf("no wrong values for %v", t))
}

// document is a request that can be changed.
type document map[string]any

// example is a request of the published package with all its fields.
func example(t testing.TB, c *rest.Command) document {
	t.Helper()
	room := map[string]string{api.AccountService: "account_", api.GroupService: "group_", api.OfficialService: "official_"}[c.Service]
	raw, err := os.ReadFile(filepath.Join("..", "..", "api", "testdata", room+strings.TrimPrefix(c.Name, room)+".request.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d document
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// with returns the document with a field set to value, or without it if value
// is empty.
func (d document) with(f field, value string) []byte {
	var changed document
	decoder := json.NewDecoder(bytes.NewReader(d.encode()))
	decoder.UseNumber()
	if err := decoder.Decode(&changed); err != nil {
		panic(err)
	}
	at := map[string]any(changed)
	for _, name := range f.names[:len(f.names)-1] {
		switch next := at[name].(type) {
		case map[string]any:
			at = next
		case []any:
			at = next[0].(map[string]any)
		default: // not among the examples
			object := make(map[string]any)
			if at[name] = object; f.inList {
				at[name] = []any{object}
			}
			at = object
		}
	}
	last := f.names[len(f.names)-1]
	if delete(at, last); value != "" {
		at[last] = json.RawMessage(value)
	}
	return changed.encode()
}

// has reports whether the document has the object that a field belongs to.
func (d document) has(f field) bool {
	var at any = map[string]any(d)
	for _, name := range f.names[:len(f.names)-1] {
		switch next := at.(map[string]any)[name].(type) {
		case map[string]any:
			at = next
		case []any:
			at = next[0]
		default:
			return false
		}
	}
	return true
}

func (d document) encode() []byte {
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return raw
}

// TestWrongTypes gives every field of every command all kinds of wrong values.
func TestWrongTypes(t *testing.T) {
	t.Parallel()
	f := start(t)
	tried := 0
	for _, c := range rest.Table(nil, nil, nil) {
		d := example(t, &c)
		for _, at := range fields(c.Request) {
			for _, value := range wrong(at.typ) {
				tried++
				a := f.recorded(c.Name, string(d.with(at, value)))
				if a.ErrorCode != parameter[c.Service] {
					t.Errorf("%s with %s: %s: got %d %s", c.Name, at, value, a.ErrorCode, a.ErrorInfo)
				}
				if at.typ != rawMessage && !strings.Contains(a.ErrorInfo, at.names[len(at.names)-1]) {
					t.Errorf("%s with %s: %s: nobody learns what is wrong from %q", c.Name, at, value, a.ErrorInfo)
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d wrong values were tried", tried)
	}
}

// TestWrongTypeLeavesTheRest: what the app's backend hears of a message with a
// field of the wrong type has all the other ones.
func TestWrongTypeLeavesTheRest(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Public", "bob")
	f.receive("Group.CallbackSendMsgException")
	full := map[string]string{
		"GroupId": `"g"`, "From_Account": `"bob"`, "Random": `7`, "OnlineOnlyFlag": `1`, "CloudCustomData": `"c<"`,
		"MsgBody": `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"<hello>"}}]`, "MsgPriority": `"High"`, "TopicId": `""`,
		"ForbidCallbackControl": `["x"]`, "SendMsgControl": `"x"`, "OfflinePushInfo": `{"Title":"t"}`, "To_Account": `[]`, "GroupAtInfo": `[]`,
		"NeedReadReceipt": `0`, "SupportMessageExtension": `0`,
	}
	told := map[string]any{
		"CallbackCommand": "Group.CallbackSendMsgException", "GroupId": "g", "Type": "Public", "From_Account": "bob", "Operator_Account": admin,
		"Random": 7.0, "OnlineOnlyFlag": 1.0, "CloudCustomData": "c<", "ErrorCode": 10004.0, "EventTime": float64(f.clock.Now().UnixMilli()),
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "<hello>"}}},
	}
	leftover := map[string]any{
		"GroupId": "", "From_Account": admin, "Random": 0.0, "OnlineOnlyFlag": 0.0, "CloudCustomData": nil, "MsgBody": []any{},
	}
	for name := range full {
		// Wherever in the request it stands.
		for _, first := range []bool{true, false} {
			var parts []string
			for _, other := range slices.Sorted(maps.Keys(full)) {
				if other != name {
					parts = append(parts, `"`+other+`":`+full[other])
				}
			}
			bad := `"` + name + `":5`
			switch {
			case name == "Random" || strings.HasSuffix(name, "Flag") || name == "NeedReadReceipt" || name == "SupportMessageExtension":
				bad = `"` + name + `":"5"`
			}
			if first {
				parts = append([]string{bad}, parts...)
			} else {
				parts = append(parts, bad)
			}
			a := f.code(name, "send_group_msg", `{`+strings.Join(parts, ",")+`}`, 10004)
			events := f.outbox("Group.CallbackSendMsgException")
			var got map[string]any
			f.must(json.Unmarshal(events[len(events)-1].Body, &got))
			want := maps.Clone(told)
			want["ErrorInfo"] = a.ErrorInfo
			if value, ok := leftover[name]; ok {
				want[name] = value
			}
			switch name {
			case "GroupId":
				want["Type"] = ""
			case "CloudCustomData":
				delete(want, "CloudCustomData")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of the wrong type, first: %v (-want +got):\n%s", name, first, diff)
			}
		}
	}
}

// TestNullIsAbsent decodes every request with a field that is null, and without.
func TestNullIsAbsent(t *testing.T) {
	t.Parallel()
	for _, c := range rest.Table(nil, nil, nil) {
		d := example(t, &c)
		for _, at := range fields(c.Request) {
			null, absent := reflect.New(c.Request), reflect.New(c.Request)
			if err := json.Unmarshal(d.with(at, "null"), null.Interface()); err != nil {
				t.Errorf("%s with %s: null: %v", c.Name, at, err)
			}
			if err := json.Unmarshal(d.with(at, ""), absent.Interface()); err != nil {
				t.Fatal(err)
			}
			if body := null.Elem().FieldByName("MsgBody"); body.IsValid() && string(body.Bytes()) == "null" {
				body.SetZero() // the operation has to judge it
			}
			if diff := cmp.Diff(absent.Interface(), null.Interface()); diff != "" {
				t.Errorf("%s with %s: null (-absent +null):\n%s", c.Name, at, diff)
			}
		}
	}
}

// TestEverythingNull: a request of nulls is answered like an empty one.
func TestEverythingNull(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, c := range rest.Table(nil, nil, nil) {
		nulls := make(document)
		for _, at := range fields(c.Request) {
			if len(at.names) == 1 {
				nulls[at.names[0]] = nil
			}
		}
		want := f.recorded(c.Name, `{}`)
		got := f.recorded(c.Name, string(nulls.encode()))
		if want.ErrorCode == 0 || !bytes.Equal(got.raw, want.raw) {
			t.Errorf("%s: got %s, want %s", c.Name, got.raw, want.raw)
		}
	}
	f.create("g", "Public")
	for body, want := range map[string]string{
		`{"GroupId":"g","Random":null,"MsgBody":[]}`: "Random is required",
		`{"GroupId":"g","Random":1,"MsgBody":null}`:  "MsgBody is required",
		`{"GroupId":null,"Random":1,"MsgBody":[]}`:   "GroupId is required",
	} {
		if a := f.code(body, "send_group_msg", body, 10004); !strings.Contains(a.ErrorInfo, want) {
			t.Errorf("%s: got %q", body, a.ErrorInfo)
		}
	}
	full := fmt.Sprintf(`{"GroupId":"g","Random":1,"MsgBody":%s,"From_Account":null,"MsgPriority":null,"OfflinePushInfo":null,"ForbidCallbackControl":null,
		"OnlineOnlyFlag":null,"SendMsgControl":null,"CloudCustomData":null,"SupportMessageExtension":null,"To_Account":null,"TopicId":null,"NeedReadReceipt":null,"GroupAtInfo":null}`, f.text("hello"))
	f.code("everything else null", "send_group_msg", full, 0)
}

// TestFieldNames: names are compared letter by letter, and what is no name of
// the command is not looked at.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Public", "bob")
	for _, tt := range []struct {
		name, command, body string
		want                int
	}{
		{"another case is another name", "destroy_group", `{"groupid":"g"}`, 10004},
		{"another case of the wrong type", "get_group_info", `{"groupidlist":5,"GroupIdList":["g"]}`, 0},
		{"another case before", "get_group_info", `{"GROUPIDLIST":[],"GroupIdList":["g"]}`, 0},
		{"another case behind", "get_group_info", `{"GroupIdList":["g"],"groupIdList":[]}`, 0},
		{"with white space", "get_group_info", " {\n \"GroupIdList\" : [ \"g\" ] ,\t\"groupIdList\"\r: [ 1 , { } , \"]}\\\"\" ] , \"x\" : -1.5e3 } ", 0},
		{"spelled with escapes", "get_group_info", `{"Gr\u006fupIdList":["g"]}`, 0},
		{"another case, spelled with escapes", "get_group_info", `{"\u0067roupIdList":5,"GroupIdList":["g"]}`, 0},
		{"long s and Kelvin sign look alike to some", "destroy_group", `{"GroupId":"unknown","\u017fx":1,"\u212a":1}`, 10010},
		{"long s in a name", "send_group_msg", `{"GroupId":"g","Random":1,"MsgBody":[],"M\u017fgBody":5}`, 10004},
		{"within a list", "add_group_member", `{"GroupId":"g","MemberList":[{"member_account":5,"Member_Account":"carol"}]}`, 0},
		{"within a list, only so", "add_group_member", `{"GroupId":"g","MemberList":[{"member_account":"carol"}]}`, 10004},
		{"within an object", "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"groupbaseinfofilter":5}}`, 0},
		{"within what nobody knows", "get_group_info", `{"GroupIdList":["g"],"x":{"GroupIdList":5,"groupidlist":[{"y":5}]}}`, 0},
		{"twice, the last counts", "get_group_info", `{"GroupIdList":[],"GroupIdList":["g"]}`, 0},
		{"empty name", "get_group_info", `{"":1,"GroupIdList":["g"]}`, 0},
		{"names and values of unknown shape", "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":{"x":[[[{}]],{"y":"{"}],"MemberInfoFilter":["Role"]},"z":null}`, 0},
	} {
		f.code(tt.name, tt.command, tt.body, tt.want)
	}
	// For every field of every command.
	for _, c := range rest.Table(nil, nil, nil) {
		d := example(t, &c)
		for _, at := range fields(c.Request) {
			odd := at
			odd.names = slices.Clone(at.names)
			last := &odd.names[len(odd.names)-1]
			if *last = strings.ToLower(*last); *last == at.names[len(at.names)-1] || !d.has(at) {
				continue
			}
			want := f.recorded(c.Name, string(d.encode()))
			if got := f.recorded(c.Name, string(d.with(odd, `{"x":[5]}`))); got.ErrorCode == parameter[c.Service] && want.ErrorCode != got.ErrorCode {
				t.Errorf("%s with %s: got %s", c.Name, odd, got.raw)
			}
		}
	}
}
