package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
)

// TestAnswerTooLarge: no answer has more than 1 MB.
func TestAnswerTooLarge(t *testing.T) {
	t.Parallel()
	f := start(t)
	var fields []string
	for i := range chat.MaxGroupCustomKeys {
		// Every byte takes six in an answer.
		fields = append(fields, fmt.Sprintf(`{"Key":"k%d","Value":"%s"}`, i, strings.Repeat(`\u0001`, chat.MaxGroupCustomValueBytes)))
	}
	f.code("create", "create_group", `{"GroupId":"g","Type":"Public","Name":"n","AppDefinedData":[`+strings.Join(fields, ",")+`]}`, 0)
	ask := func(times int, filter string) string {
		return `{"GroupIdList":[` + strings.TrimSuffix(strings.Repeat(`"g",`, times), ",") + `]` + filter + `}`
	}
	f.code("as much as fits", "get_group_info", ask(30, ""), 0)
	a := f.code("more", "get_group_info", ask(50, ""), 10018)
	if len(a.raw) > 1000 {
		t.Errorf("the refusal has %d bytes", len(a.raw))
	}
	f.code("as much without what is large", "get_group_info", ask(50, `,"ResponseFilter":{"GroupBaseInfoFilter":["Name"]}`), 0)
}

// TestOlderNames: both names of a thing are known; of two the newer one counts.
func TestOlderNames(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Public", "bob")
	now := f.clock.Now().Unix()
	mute := func() int64 {
		t.Helper()
		r, err := f.client.GetGroupMemberInfo(t.Context(), &api.GetGroupMemberInfoRequest{GroupID: "g", MemberRoleFilter: []string{"Member"}})
		f.must(err)
		equal(f, "both names", *r.MemberList[0].MuteUntil, *r.MemberList[0].ShutUpUntil)
		return int64(*r.MemberList[0].MuteUntil)
	}
	for _, step := range []struct {
		command, body string
		want          int64
	}{
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"MuteTime":5}`, now + 5},
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"ShutUpTime":6}`, now + 6},
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"ShutUpTime":7,"MuteTime":8}`, now + 8},
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"ShutUpTime":7,"MuteTime":0}`, 0},
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"ShutUpTime":9,"MuteTime":null}`, now + 9},
		{"forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"MuteTime":4294967295}`, 4294967295},
		{"modify_group_member_info", `{"GroupId":"g","Member_Account":"bob","ShutUpTime":0}`, 0},
		{"modify_group_member_info", `{"GroupId":"g","Member_Account":"bob","MuteTime":3,"ShutUpTime":0}`, now + 3},
	} {
		f.code(step.body, step.command, step.body, 0)
		equal(f, step.body, mute(), step.want)
	}
	f.clock.Advance(3 * time.Second)
	equal(f, "a mute that is over", mute(), 0)

	info := func() api.GroupInfo {
		t.Helper()
		r, err := f.client.GetGroupInfo(t.Context(), &api.GetGroupInfoRequest{GroupIDList: []string{"g"}})
		f.must(err)
		return r.GroupInfo[0]
	}
	for _, step := range []struct {
		body    string
		muteAll string
		most    int
	}{
		{`{"GroupId":"g","ShutUpAllMember":"On","MaxMemberCount":7}`, "On", 7},
		{`{"GroupId":"g","MuteAllMember":"Off","ShutUpAllMember":"On","MaxMemberNum":8,"MaxMemberCount":9}`, "Off", 8},
	} {
		f.code(step.body, "modify_group_base_info", step.body, 0)
		g := info()
		equal(f, step.body, []any{*g.MuteAllMember, *g.ShutUpAllMember, *g.MaxMemberNum}, []any{step.muteAll, step.muteAll, step.most})
	}
	f.code("account, both names", "account_import", `{"Identifier":"old","UserID":"new"}`, 0)
	f.code("account, older name", "account_import", `{"Identifier":"older"}`, 0)
	r, err := f.client.AccountCheck(t.Context(), &api.AccountCheckRequest{CheckItem: []api.AccountCheckItem{{UserID: "old"}, {UserID: "new"}, {UserID: "older"}}})
	f.must(err)
	var states []string
	for _, item := range r.ResultItem {
		states = append(states, item.AccountStatus)
	}
	equal(f, "accounts", states, []string{"NotImported", "Imported", "Imported"})
}

// TestFilters: an answer has the fields that were asked for, and no others.
func TestFilters(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.code("create", "create_group", `{"GroupId":"g","Type":"Public","Name":"n","Owner_Account":"alice","AppDefinedData":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}],
		"MemberList":[{"Member_Account":"bob","AppMemberDefinedData":[{"Key":"c","Value":"3"},{"Key":"d","Value":"4"}]}]}`, 0)
	f.create("av", "AVChatRoom")
	f.create("@TGS#_c", "Community", "bob")
	keys := func(command, body, list string) string {
		t.Helper()
		a := f.code(body, command, body, 0)
		var answer map[string]json.RawMessage
		f.must(json.Unmarshal(a.raw, &answer))
		var items []json.RawMessage
		f.must(json.Unmarshal(answer[list], &items))
		return string(items[len(items)-1])
	}
	const none = `"ErrorCode":0,"ErrorInfo":""`
	for _, tt := range []struct{ body, want string }{
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","none"],"MemberInfoFilter":[]}}`,
			`{"GroupId":"g",` + none + `,"Type":"Public"}`,
		},
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["AppDefinedData"],"MemberInfoFilter":[]}}`,
			`{"GroupId":"g",` + none + `,"AppDefinedData":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}`,
		},
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":[],"MemberInfoFilter":[],"AppDefinedDataFilter_Group":["b","x"]}}`,
			`{"GroupId":"g",` + none + `,"AppDefinedData":[{"Key":"b","Value":"2"}]}`,
		},
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["Owner_Account","MaxMemberCount"],"MemberInfoFilter":["Member_Account"]}}`,
			`{"GroupId":"g",` + none + `,"Owner_Account":"alice","MaxMemberNum":6000,"MemberList":[{"Member_Account":"alice"},{"Member_Account":"bob"}]}`,
		},
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":[],"MemberInfoFilter":["Role"],"AppDefinedDataFilter_GroupMember":["d"]}}`,
			`{"GroupId":"g",` + none + `,"MemberList":[{"Member_Account":"alice","Role":"Owner","AppMemberDefinedData":[]},{"Member_Account":"bob","Role":"Member","AppMemberDefinedData":[{"Key":"d","Value":"4"}]}]}`,
		},
		{
			`{"GroupIdList":["av"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","MaxMemberNum","LastMsgTime"],"MemberInfoFilter":["Role"]}}`,
			`{"GroupId":"av",` + none + `,"Type":"AVChatRoom","LastMsgTime":0,"MaxMemberNum":0}`,
		},
		{
			`{"GroupIdList":["g"],"ResponseFilter":{"GroupBaseInfoFilter":["MuteAllMember"],"MemberInfoFilter":["ShutUpUntil"],"AppDefinedDataFilter_Group":null}}`,
			`{"GroupId":"g",` + none + `,"MuteAllMember":"Off","ShutUpAllMember":"Off","MemberList":[{"Member_Account":"alice","MuteUntil":0,"ShutUpUntil":0},{"Member_Account":"bob","MuteUntil":0,"ShutUpUntil":0}]}`,
		},
	} {
		equal(f, tt.body, keys("get_group_info", tt.body, "GroupInfo"), tt.want)
	}
	for _, tt := range []struct{ body, want string }{
		{`{"GroupId":"g","MemberInfoFilter":["NameCard"]}`, `{"Member_Account":"bob","NameCard":""}`},
		{`{"GroupId":"g","MemberInfoFilter":[]}`, `{"Member_Account":"bob"}`},
		{`{"GroupId":"g","MemberInfoFilter":["AppMemberDefinedData"],"MemberRoleFilter":["Member"]}`, `{"Member_Account":"bob","AppMemberDefinedData":[{"Key":"c","Value":"3"},{"Key":"d","Value":"4"}]}`},
		{`{"GroupId":"g","MemberInfoFilter":["Role"],"MemberRoleFilter":["Owner","King"]}`, `{"Member_Account":"alice","Role":"Owner"}`},
		{`{"GroupId":"g","MemberInfoFilter":[],"MemberRoleFilter":[]}`, `{"Member_Account":"bob"}`},
	} {
		equal(f, tt.body, keys("get_group_member_info", tt.body, "MemberList"), tt.want)
	}

	// Communities, and only those, say where they go on.
	var got []string
	next := ""
	for range 3 {
		r, err := f.client.GetGroupMemberInfo(t.Context(), &api.GetGroupMemberInfoRequest{GroupID: "@TGS#_c", Limit: 1, Next: next})
		f.must(err)
		for _, m := range r.MemberList {
			got = append(got, m.MemberAccount)
		}
		if next = *r.Next; next == "" {
			break
		}
	}
	equal(f, "pages of a community", got, []string{"alice", "bob"})
	r, err := f.client.GetGroupMemberInfo(t.Context(), &api.GetGroupMemberInfoRequest{GroupID: "g"})
	f.must(err)
	if r.Next != nil {
		t.Errorf("a Public group goes on at %q", *r.Next)
	}
	for _, next := range []string{"x", "MA==", "LTE=", "MQ"} {
		f.code(next, "get_group_member_info", fmt.Sprintf(`{"GroupId":"@TGS#_c","Next":%q}`, next), 10004)
		f.code(next, "get_subscriber_info", fmt.Sprintf(`{"Official_Account":"@TOA#_x","Next":%q}`, next), 6017)
	}
}

// TestListsAreNeverNull: what is empty is an empty list.
func TestListsAreNeverNull(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.code("create", "create_group", `{"GroupId":"g","Type":"Public","Name":"n"}`, 0)
	f.code("create", "create_official_account", `{"Owner_Account":"alice","OfficialAccountUserID":"@TOA#_o","Name":"n"}`, 0)
	for command, body := range map[string]string{
		"get_group_info":          `{"GroupIdList":["g"]}`,
		"get_group_member_info":   `{"GroupId":"g","MemberRoleFilter":["King"]}`,
		"get_group_muted_account": `{"GroupId":"g"}`,
		"get_group_shutted_uin":   `{"GroupId":"g"}`,
		"group_msg_get_simple":    `{"GroupId":"g","ReqMsgNumber":1}`,
		"get_subscriber_info":     `{"Official_Account":"@TOA#_o","Next":""}`,
		"multiaccount_import":     `{"Accounts":["x"]}`,
	} {
		a := f.code(command, command, body, 0)
		if raw := string(a.raw); strings.Contains(raw, "null") || !strings.Contains(raw, "[]") {
			t.Errorf("%s: %s", command, raw)
		}
	}
}
