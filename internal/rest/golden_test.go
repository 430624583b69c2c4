package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/rest"
)

// story is what an app does on its first day. Every command occurs; requests are
// as backends of the public cloud write them.
var story = []struct{ command, request string }{
	{"account_import", `{"UserID":"alice","Nick":"Alice","FaceUrl":"http://www.example.com/alice.png"}`},
	{"account_import", `{"Identifier":"bob"}`},
	{"account_import", `{"UserID":"@TGS#1"}`},
	{"multiaccount_import", `{"Accounts":["bob","carol","dave","bob",""]}`},
	{"multiaccount_import", `{"AccountList":[{"UserID":"erin","Nick":"Erin"},{"UserID":"frank","FaceUrl":""}]}`},
	{"account_check", `{"CheckItem":[{"UserID":"alice"},{"UserID":"nobody"},{"UserID":"alice"}]}`},

	{"create_group", `{"Owner_Account":"alice","Type":"Public","GroupId":"MyFirstGroup","Name":"TestGroup","Introduction":"This is group Introduction","Notification":"This is group Notification","FaceUrl":"http://www.example.com/g.png","MaxMemberCount":500,"ApplyJoinOption":"FreeAccess","AppDefinedData":[{"Key":"GroupTestData1","Value":"xxxxx"}],"MemberList":[{"Member_Account":"bob","Role":"Admin"},{"Member_Account":"nobody"}]}`},
	{"create_group", `{"Type":"Meeting","Name":"without owner"}`},
	{"create_group", `{"Owner_Account":"alice","Type":"Public","GroupId":"MyFirstGroup","Name":"TestGroup"}`},
	{"create_group", `{"Type":"Public","Name":"a name of more than thirty bytes"}`},
	{"get_group_info", `{"GroupIdList":["MyFirstGroup","unknown"]}`},
	{"get_group_info", `{"GroupIdList":["MyFirstGroup"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name","ShutUpAllMember"],"MemberInfoFilter":["Role","MuteUntil"],"AppDefinedDataFilter_Group":["GroupTestData1"],"AppDefinedDataFilter_GroupMember":["none"]}}`},
	{"get_group_info", `{"GroupIdList":["MyFirstGroup"],"ResponseFilter":{"GroupBaseInfoFilter":[],"MemberInfoFilter":[]}}`},
	{"modify_group_base_info", `{"GroupId":"MyFirstGroup","Name":"NewName","Introduction":"NewIntroduction","MaxMemberNum":600,"ShutUpAllMember":"Off","From_Account":"alice"}`},
	{"modify_group_base_info", `{"GroupId":"MyFirstGroup","MuteAllMember":"Maybe"}`},
	{"add_group_member", `{"GroupId":"MyFirstGroup","Silence":1,"MemberList":[{"Member_Account":"carol"},{"Member_Account":"bob"},{"Member_Account":"nobody"}]}`},
	{"get_group_member_info", `{"GroupId":"MyFirstGroup","Limit":100,"Offset":0}`},
	{"get_group_member_info", `{"GroupId":"MyFirstGroup","MemberInfoFilter":["Role","JoinTime","ShutUpUntil"],"MemberRoleFilter":["Owner","Member"],"AppDefinedDataFilter_GroupMember":null}`},
	{"modify_group_member_info", `{"GroupId":"MyFirstGroup","Member_Account":"bob","Role":"Member","MsgFlag":"AcceptNotNotify","NameCard":"Bob","AppMemberDefinedData":[{"Key":"MemberDefined1","Value":"v"}],"ShutUpTime":60}`},
	{"forbid_send_msg", `{"GroupId":"MyFirstGroup","Members_Account":["carol"],"MuteTime":4294967295}`},
	{"forbid_send_msg", `{"GroupId":"MyFirstGroup","Members_Account":["alice"],"ShutUpTime":60}`},
	{"get_group_muted_account", `{"GroupId":"MyFirstGroup"}`},
	{"get_group_shutted_uin", `{"GroupId":"MyFirstGroup"}`},

	{"send_group_msg", `{"GroupId":"MyFirstGroup","From_Account":"alice","Random":8912345,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"red packet"}},{"MsgType":"TIMFaceElem","MsgContent":{"Index":6,"Data":"abc\u0000\u0001"}}],"CloudCustomData":"your cloud custom data","GroupAtInfo":[{"GroupAtAllFlag":1},{"GroupAtAllFlag":0,"GroupAt_Account":"bob"}],"OfflinePushInfo":{"PushFlag":0,"Desc":"Content to push offline","Ext":"{\"entity\":{}}","ApnsInfo":{"BadgeMode":1}}}`},
	{"send_group_msg", `{"GroupId":"MyFirstGroup","From_Account":"alice","Random":8912345,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"red packet"}},{"MsgType":"TIMFaceElem","MsgContent":{"Index":6,"Data":"abc\u0000\u0001"}}],"CloudCustomData":"your cloud custom data"}`},
	{"send_group_msg", `{"GroupId":"MyFirstGroup","Random":4294967295,"MsgPriority":"High","SendMsgControl":"NoLastMsg","MsgBody":[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"d","Desc":"<&>","Ext":"url","Sound":"dingdong.aiff"}}]}`},
	{"send_group_msg", `{"GroupId":"MyFirstGroup","From_Account":"carol","Random":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"I am muted"}}]}`},
	{"send_group_msg", `{"GroupId":"MyFirstGroup","Random":2,"MsgBody":[{"MsgType":"TIMTextElem"}]}`},
	{"group_msg_recall", `{"GroupId":"MyFirstGroup","MsgSeqList":[{"MsgSeq":6},{"MsgSeq":100},{"MsgSeq":2}],"Reason":"why"}`},
	{"group_msg_get_simple", `{"GroupId":"MyFirstGroup","ReqMsgNumber":20}`},
	{"group_msg_get_simple", `{"GroupId":"MyFirstGroup","ReqMsgNumber":1,"ReqMsgSeq":6,"WithRecalledMsg":1}`},
	{"delete_group_member", `{"GroupId":"MyFirstGroup","Silence":1,"Reason":"kick reason","MemberToDel_Account":["bob","nobody"]}`},
	{"delete_group_member", `{"GroupId":"MyFirstGroup","MemberToDel_Account":["alice"]}`},
	{"destroy_group", `{"GroupId":"MyFirstGroup"}`},
	{"destroy_group", `{"GroupId":"MyFirstGroup"}`},

	{"create_official_account", `{"Owner_Account":"alice","OfficialAccountUserID":"@TOA#_news","Name":"News","Introduction":"i","FaceUrl":"http://www.example.com/o.png","Organization":"o","CustomString":"c","MaxSubscriberNum":500}`},
	{"create_official_account", `{"Owner_Account":"alice","Name":"more news"}`},
	{"create_official_account", `{"Owner_Account":"alice","OfficialAccountUserID":"news","Name":"News"}`},
	{"add_subscriber", `{"Official_Account":"@TOA#_news","SubscriberList":[{"Subscriber_Account":"bob"},{"Subscriber_Account":"nobody"},{"Subscriber_Account":"carol"},{"Subscriber_Account":"dave"}]}`},
	{"add_subscriber", `{"Official_Account":"@TOA#_news","SubscriberList":[{"Subscriber_Account":"bob"}]}`},
	{"get_subscriber_info", `{"Official_Account":"@TOA#_news","Limit":2,"Next":""}`},
	{"get_subscriber_info", `{"Official_Account":"@TOA#_news","Limit":2,"Next":"Mg=="}`},
	{"get_subscriber_info", `{"Official_Account":"@TOA#_news","Next":"TGSOTk="}`},
	{"send_official_account_msg", `{"Official_Account":"@TOA#_news","Random":21302570,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"red packet"}}],"OfflinePushInfo":{"PushFlag":1},"ForbidCallbackControl":["ForbidAfterSendMsgCallback"],"OnlineOnlyFlag":0,"CloudCustomData":"c"}`},
	{"send_official_account_msg", `{"Official_Account":"@TOA#_none","Random":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`},
	{"get_official_account_info", `{"OfficialAccountIdList":[{"Official_Account":"@TOA#_news"},{"Official_Account":"@TOA#_none"}]}`},
	{"get_official_account_info", `{"OfficialAccountIdList":[{"Official_Account":"@TOA#_news"}],"ResponseFilter":{"OfficialAccountBaseInfoFilter":["Name","SubscriberNum"]}}`},
	{"official_account_msg_recall", `{"Official_Account":"@TOA#_news","MsgKeyList":["1_1_1772366400","2_1_1772366400","x"],"Reason":"why"}`},
	{"delete_subscriber", `{"Official_Account":"@TOA#_news","SubscriberToDel_Account":["bob","alice","nobody"]}`},
	{"delete_subscriber", `{"Official_Account":"@TOA#_news","SubscriberList":[{"Subscriber_Account":"carol"}]}`},
	{"delete_subscriber", `{"Official_Account":"@TOA#_news"}`},
	{"destroy_official_account", `{"Official_Account":"@TOA#_news"}`},
	{"destroy_official_account", `{"Official_Account":"@TOA#_news"}`},

	{"account_delete", `{"DeleteItem":[{"UserID":"erin"},{"UserID":"nobody"},{"UserID":"administrator"}]}`},
}

// TestGolden tells the story and compares every answer with what was reviewed.
func TestGolden(t *testing.T) {
	t.Parallel()
	f := start(t)
	files := make(map[string]*bytes.Buffer)
	for _, step := range story {
		a := f.call(step.command, step.request)
		file := files[step.command]
		if file == nil {
			file = new(bytes.Buffer)
			files[step.command] = file
			fmt.Fprintf(file, "POST /v4/%s\n", path(step.command))
		}
		fmt.Fprintf(file, "\n%s\n\n%s\n", pretty(t, []byte(step.request)), normal(pretty(t, a.raw)))
	}
	for _, c := range rest.Table(nil, nil, nil) {
		got := files[c.Name]
		if got == nil {
			t.Errorf("the story has no %s", c.Name)
			continue
		}
		name := filepath.Join("testdata", c.Service+"_"+c.Name+".golden")
		if *update {
			f.must(os.WriteFile(name, got.Bytes(), 0o644))
		}
		want, err := os.ReadFile(name)
		f.must(err)
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func pretty(t testing.TB, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(raw), "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var chosen = regexp.MustCompile(`(@TGS#2|@TOA#_@TOA#)[A-Z2-7]{8,10}"`)

// normal replaces the IDs that the server chooses. Times are those of the test.
func normal(text string) string { return chosen.ReplaceAllString(text, `${1}CHOSEN"`) }
