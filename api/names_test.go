package api_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
)

// decode returns body as a request of type R.
func decode[R any](t *testing.T, body string) *R {
	t.Helper()
	r := new(R)
	if err := json.Unmarshal([]byte(body), r); err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	return r
}

// testNames decodes each body and compares what value makes of it.
func testNames[R, V any](t *testing.T, value func(*R) V, tests map[string]V) {
	t.Helper()
	for body, want := range tests {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(value(decode[R](t, body)), want); diff != "" {
				t.Errorf("value (-got +want):\n%s", diff)
			}
		})
	}
}

func TestAccountImportNames(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.AccountImportRequest).Account, map[string]string{
		`{}`:                                    "",
		`{"UserID":"ann"}`:                      "ann",
		`{"Identifier":"ann"}`:                  "ann",
		`{"UserID":null,"Identifier":"ann"}`:    "ann",
		`{"UserID":"new","Identifier":"old"}`:   "new",
		`{"Identifier":"ann","Nick":null}`:      "ann",
		`{"UserID":"ann","Identifier":null}`:    "ann",
		`{"UserID":"","Identifier":"ann"}`:      "ann",
		`{"Identifier":"old","UserID":"newer"}`: "newer",
	})
}

func TestMultiaccountImportForms(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.MultiaccountImportRequest).Items, map[string][]api.MultiaccountImportItem{
		`{}`:                               {},
		`{"Accounts":null}`:                {},
		`{"Accounts":["a","b"]}`:           {{UserID: "a"}, {UserID: "b"}},
		`{"AccountList":[{"UserID":"a"}]}`: {{UserID: "a"}},
		`{"AccountList":[{"UserID":"a","Nick":"A","FaceUrl":""}]}`: {
			{UserID: "a", Nick: new("A"), FaceURL: new("")},
		},
		`{"Accounts":["a"],"AccountList":[{"UserID":"b"}]}`: {{UserID: "b"}},
		`{"Accounts":["a"],"AccountList":[]}`:               {{UserID: "a"}},
	})
}

func TestForbidSendMsgNames(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.ForbidSendMsgRequest).Seconds, map[string]*uint32{
		`{}`:                               nil,
		`{"MuteTime":null}`:                nil,
		`{"MuteTime":60}`:                  new(uint32(60)),
		`{"ShutUpTime":60}`:                new(uint32(60)),
		`{"ShutUpTime":4294967295}`:        new(api.MuteForever),
		`{"MuteTime":null,"ShutUpTime":0}`: new(uint32(0)),
		`{"MuteTime":0,"ShutUpTime":60}`:   new(uint32(0)),
	})
}

func TestModifyGroupMemberInfoNames(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.ModifyGroupMemberInfoRequest).Seconds, map[string]*uint32{
		`{}`:                             nil,
		`{"MuteTime":60}`:                new(uint32(60)),
		`{"ShutUpTime":60}`:              new(uint32(60)),
		`{"MuteTime":0,"ShutUpTime":60}`: new(uint32(0)),
	})
}

func TestModifyGroupBaseInfoNames(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.ModifyGroupBaseInfoRequest).MuteAll, map[string]*string{
		`{}`:                        nil,
		`{"MuteAllMember":"On"}`:    new("On"),
		`{"ShutUpAllMember":"Off"}`: new("Off"),
		`{"MuteAllMember":"On","ShutUpAllMember":"Off"}`: new("On"),
	})
	testNames(t, (*api.ModifyGroupBaseInfoRequest).MemberLimit, map[string]*int{
		`{"Name":"x"}`:                          nil,
		`{"MaxMemberNum":5}`:                    new(5),
		`{"MaxMemberCount":5}`:                  new(5),
		`{"MaxMemberNum":6,"MaxMemberCount":5}`: new(6),
	})
}

func TestCreateGroupNames(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.CreateGroupRequest).MemberLimit, map[string]*int{
		`{}`:                                    nil,
		`{"MaxMemberCount":5}`:                  new(5),
		`{"MaxMemberNum":5}`:                    new(5),
		`{"MaxMemberNum":5,"MaxMemberCount":6}`: new(6),
	})
	testNames(t, (*api.CreateGroupMember).MutedUntil, map[string]*uint32{
		`{"Role":"Admin"}`:                nil,
		`{"MuteUntil":7}`:                 new(uint32(7)),
		`{"ShutUpUntil":0}`:               new(uint32(0)),
		`{"ShutUpUntil":8,"MuteUntil":7}`: new(uint32(7)),
	})
}

func TestDeleteSubscriberForms(t *testing.T) {
	t.Parallel()
	testNames(t, (*api.DeleteSubscriberRequest).Subscribers, map[string][]string{
		`{}`:                                {},
		`{"SubscriberToDel_Account":null}`:  {},
		`{"SubscriberToDel_Account":["a"]}`: {"a"},
		`{"SubscriberList":[{"Subscriber_Account":"a"},{"Subscriber_Account":"b"}]}`:      {"a", "b"},
		`{"SubscriberToDel_Account":["a"],"SubscriberList":[{"Subscriber_Account":"b"}]}`: {"a"},
	})
}

func TestNullIsAbsent(t *testing.T) {
	t.Parallel()
	got := decode[api.GetGroupMemberInfoRequest](t, `{"GroupId":"g","Limit":0,"Offset":null,"Next":null,
		"MemberInfoFilter":null,"MemberRoleFilter":null,"AppDefinedDataFilter_GroupMember":null}`)
	if diff := cmp.Diff(got, &api.GetGroupMemberInfoRequest{GroupID: "g"}); diff != "" {
		t.Errorf("request (-got +want):\n%s", diff)
	}
}

func TestEmptyFilterIsNotAbsent(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(&api.GroupInfoFilter{MemberInfoFilter: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"MemberInfoFilter":[]}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMsgBodyIsSeenAsSent(t *testing.T) {
	t.Parallel()
	testNames(t, func(r *api.SendGroupMsgRequest) string { return string(r.MsgBody) }, map[string]string{
		`{}`:                             ``,
		`{"MsgBody":null}`:               `null`,
		`{"MsgBody":"text"}`:             `"text"`,
		`{"MsgBody":{"MsgType":1}}`:      `{"MsgType":1}`,
		`{"MsgBody":[ {"x" : "<&>"} ] }`: `[ {"x" : "<&>"} ]`,
	})
}

func TestRandomIsAnUnsigned32BitNumber(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`-1`, `4294967296`, `1.5`, `"7"`} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			var r api.SendGroupMsgRequest
			err := json.Unmarshal([]byte(`{"Random":`+value+`}`), &r)
			if e, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || e.Field != "Random" {
				t.Errorf("got error %v, want a *json.UnmarshalTypeError that names Random", err)
			}
		})
	}
}

// A filter leaves a field out; an empty value that was asked for stays.
func TestGroupInfoLeavesOutWhatIsNil(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		info api.GroupInfo
		want string
	}{
		{
			"nothing asked for",
			api.GroupInfo{GroupID: "g"},
			`{"GroupId":"g","ErrorCode":0,"ErrorInfo":""}`,
		},
		{
			"empty values",
			api.GroupInfo{
				GroupID: "g", OwnerAccount: new(""), LastMsgTime: new(int64(0)),
				AppDefinedData: []api.CustomField{}, MemberList: []api.GroupMember{},
			},
			`{"GroupId":"g","ErrorCode":0,"ErrorInfo":"","Owner_Account":"","LastMsgTime":0,` +
				`"AppDefinedData":[],"MemberList":[]}`,
		},
		{
			"member with nothing asked for",
			api.GroupInfo{
				GroupID: "g", MemberList: []api.GroupMember{{MemberAccount: "ann"}},
			},
			`{"GroupId":"g","ErrorCode":0,"ErrorInfo":"","MemberList":[{"Member_Account":"ann"}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.info)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(got), tt.want); diff != "" {
				t.Errorf("JSON (-got +want):\n%s", diff)
			}
		})
	}
}
