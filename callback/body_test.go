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
	"group_after_read_receipt": callback.GroupAfterReadReceipt{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", EventTime: 1670574414123,
		GroupMsgReceiptList: []callback.GroupMsgReceipt{
			{MsgSeq: 130, ReadNum: 1, UnreadNum: 2, ReadReceiptMembers: []callback.GroupMember{{MemberAccount: "brennan"}}},
			{MsgSeq: 131, UnreadNum: 3},
		},
	},
	"group_after_read_receipt_least": callback.GroupAfterReadReceipt{},
	"group_before_create_group": callback.GroupBeforeCreateGroup{
		OperatorAccount: "jared", OwnerAccount: "jared", Type: "Public", Name: "walkers", CreateGroupNum: 3,
		MemberList: []callback.GroupMember{{MemberAccount: "brennan"}, {MemberAccount: "tommy"}}, EventTime: 1670574414123,
	},
	"group_before_create_group_least": callback.GroupBeforeCreateGroup{},
	"group_after_create_group": callback.GroupAfterCreateGroup{
		GroupID: "@TGS#2J4SZEAEL", OperatorAccount: "jared", OwnerAccount: "jared", Type: "Public", Name: "walkers",
		InviteOption: "NeedPermission", MemberList: []callback.GroupMember{{MemberAccount: "jared"}},
		UserDefinedDataList: []callback.UserDefinedData{{Key: "colour", Value: "green"}}, EventTime: 1670574414123,
	},
	"group_after_create_group_least": callback.GroupAfterCreateGroup{},
	"group_before_apply_join_group": callback.GroupBeforeApplyJoinGroup{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", RequestorAccount: "brennan", EventTime: 1670574414123,
	},
	"group_before_apply_join_group_least": callback.GroupBeforeApplyJoinGroup{},
	"group_before_invite_join_group": callback.GroupBeforeInviteJoinGroup{
		GroupID: "@TGS#2J4SZEAEL", Type: "Private", OperatorAccount: "jared",
		DestinationMembers: []callback.GroupMember{{MemberAccount: "brennan"}}, EventTime: 1670574414123,
	},
	"group_before_invite_join_group_least": callback.GroupBeforeInviteJoinGroup{},
	"group_after_new_member_join": callback.GroupAfterNewMemberJoin{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", JoinType: "Apply", OperatorAccount: "brennan",
		NewMemberList: []callback.GroupMember{{MemberAccount: "brennan"}}, EventTime: 1670574414123,
	},
	"group_after_new_member_join_least": callback.GroupAfterNewMemberJoin{},
	"group_after_member_exit": callback.GroupAfterMemberExit{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", ExitType: "Kicked", OperatorAccount: "jared",
		ExitMemberList: []callback.GroupMember{{MemberAccount: "brennan"}}, EventTime: 1670574414123,
	},
	"group_after_member_exit_least": callback.GroupAfterMemberExit{},
	"group_after_group_full":        callback.GroupAfterGroupFull{GroupID: "@TGS#2J4SZEAEL", EventTime: 1670574414123},
	"group_after_group_full_least":  callback.GroupAfterGroupFull{},
	"group_on_member_state_change": callback.GroupOnMemberStateChange{
		GroupID: "@TGS#a2J4SZEAEL", Type: "AVChatRoom", EventType: "Online", EventCause: "Join",
		MemberList: []callback.GroupMember{{MemberAccount: "brennan"}}, EventTime: 1670574414123,
	},
	"group_on_member_state_change_least": callback.GroupOnMemberStateChange{},
	"group_after_group_destroyed": callback.GroupAfterGroupDestroyed{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", OwnerAccount: "jared", Name: "walkers",
		MemberList: []callback.GroupMember{{MemberAccount: "jared"}}, EventTime: 1670574414123,
	},
	"group_after_group_destroyed_least": callback.GroupAfterGroupDestroyed{},
	"group_after_group_info_changed": callback.GroupAfterGroupInfoChanged{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", OperatorAccount: "jared", Name: new("hikers"), Introduction: new(""),
		Notification: new("Sunday!"), FaceURL: new("https://example.com/hikers.png"), EventTime: 1670574414123,
	},
	"group_after_group_info_changed_least": callback.GroupAfterGroupInfoChanged{},
	"group_after_member_field_changed": callback.GroupAfterMemberFieldChanged{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", OperatorAccount: "jared", MemberAccount: "brennan", ModifiedAccount: "brennan",
		Role: new("Admin"), NameCard: new(""), EventTime: 1670574414123,
	},
	"group_after_member_field_changed_least": callback.GroupAfterMemberFieldChanged{},
	"group_after_change_group_owner": callback.GroupAfterChangeGroupOwner{
		GroupID: "@TGS#2J4SZEAEL", Type: "Public", OperatorAccount: "jared", OldOwnerAccount: "jared", NewOwnerAccount: "brennan",
		EventTime: 1670574414123,
	},
	"group_after_change_group_owner_least": callback.GroupAfterChangeGroupOwner{},
	"group_before_create_topic": callback.GroupBeforeCreateTopic{
		OperatorAccount: "jared", Type: "Community", Name: "walks", EventTime: 1670574414123,
	},
	"group_before_create_topic_least": callback.GroupBeforeCreateTopic{},
	"group_after_create_topic": callback.GroupAfterCreateTopic{
		GroupID: "@TGS#_@TGS#cQVLVHIM62CJ", TopicID: "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_walks", OperatorAccount: "jared", OwnerAccount: "brennan",
		Type: "Community", Name: "walks", EventTime: 1670574414123,
	},
	"group_after_create_topic_least": callback.GroupAfterCreateTopic{},
	"group_after_topic_destroyed": callback.GroupAfterTopicDestroyed{
		GroupID: "@TGS#_@TGS#cQVLVHIM62CJ", Type: "Community", TopicIDList: []string{"@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_walks"}, EventTime: 1670574414123,
	},
	"group_after_topic_destroyed_least": callback.GroupAfterTopicDestroyed{},
	"group_after_topic_info_changed": callback.GroupAfterTopicInfoChanged{
		GroupID: "@TGS#_@TGS#cQVLVHIM62CJ", TopicID: "@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_walks", Type: "Community", OperatorAccount: "jared",
		Name: new("hikes"), Introduction: new(""), Notification: new("Sunday!"), FaceURL: new("https://example.com/hikes.png"),
		EventTime: 1670574414123,
	},
	"group_after_topic_info_changed_least": callback.GroupAfterTopicInfoChanged{},
	"group_after_group_attr_changed": callback.GroupAfterGroupAttrChanged{
		GroupID: "@TGS#2J4SZEAEL", Type: "AVChatRoom", OperatorAccount: "jared", OptionType: "modify",
		GroupAttr: []callback.GroupAttr{{Key: "seat", Value: "brennan"}}, EventTime: 1670574414123,
	},
	"group_after_group_attr_changed_least": callback.GroupAfterGroupAttrChanged{},
	"group_after_group_msg_extension": callback.GroupAfterGroupMsgExtension{
		GroupID: "@TGS#2J4SZEAEL", MsgSeq: 130, OperateType: 1, ExtensionList: []callback.MsgExtension{{Key: "vote", Value: "yes", Seq: 3}},
		Seq: 3, EventTime: 1670574414123,
	},
	"group_after_group_msg_extension_least": callback.GroupAfterGroupMsgExtension{},
	"c2c_before_send_msg": callback.C2CBeforeSendMsg{
		FromAccount: "jared", ToAccount: "johnson", MsgSeq: 48374, MsgRandom: 2837546, MsgTime: 1557481126, MsgKey: "48374_2837546_1557481126",
		MsgID: "144115233406643804-1557481126-2837546", OnlineOnlyFlag: 1, MsgBody: []callback.MsgElement{callback.TextElement("red packet")},
		CloudCustomData: "your cloud custom data", EventTime: 1670574414123,
	},
	"c2c_before_send_msg_least": callback.C2CBeforeSendMsg{},
	"c2c_after_send_msg": callback.C2CAfterSendMsg{
		FromAccount: "jared", ToAccount: "johnson", MsgSeq: 48374, MsgRandom: 2837546, MsgTime: 1557481126, MsgKey: "48374_2837546_1557481126",
		MsgID: "144115233406643804-1557481126-2837546", OnlineOnlyFlag: 1, SendMsgResult: 20007, ErrorInfo: "the receiver has blocked the sender",
		UnreadMsgNum: -1, MsgBody: []callback.MsgElement{callback.TextElement("red packet")},
		CloudCustomData: "your cloud custom data", EventTime: 1670574414123,
	},
	"c2c_after_send_msg_least": callback.C2CAfterSendMsg{},
	"c2c_after_msg_report": callback.C2CAfterMsgReport{
		ReportAccount: "jared", PeerAccount: "johnson", LastReadTime: 1614754753, UnreadMsgNum: 7, EventTime: 1670574414123,
	},
	"c2c_after_msg_report_least": callback.C2CAfterMsgReport{},
	"c2c_after_msg_withdraw": callback.C2CAfterMsgWithdraw{
		FromAccount: "jared", ToAccount: "johnson", MsgKey: "48374_2837546_1557481126", UnreadMsgNum: 7, EventTime: 1670574414123,
	},
	"c2c_after_msg_withdraw_least": callback.C2CAfterMsgWithdraw{},
	"c2c_after_c2c_msg_extension": callback.C2CAfterC2CMsgExtension{
		FromAccount: "jared", ToAccount: "johnson", MsgKey: "48374_2837546_1557481126", OperateType: 2,
		ExtensionList: []callback.MsgExtension{{Key: "vote", Seq: 4}}, Seq: 4, EventTime: 1670574414123,
	},
	"c2c_after_c2c_msg_extension_least": callback.C2CAfterC2CMsgExtension{},
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
	"state_change": callback.StateChange{
		EventTime:    1670574414123,
		Info:         callback.StateInfo{Action: "Login", ToAccount: "jared", Reason: "Register"},
		KickedDevice: []callback.KickedDevice{{Platform: callback.PlatformWeb}, {Platform: callback.PlatformIOS}},
	},
	"state_change_least": callback.StateChange{},
	"profile_portrait_set": callback.ProfilePortraitSet{
		OperatorAccount: "administrator",
		FromAccount:     "jared",
		EventTime:       1670574414123,
		ProfileItem:     []callback.ProfileItem{{Tag: "Tag_Profile_IM_Nick", Value: "<Jared>"}, {Tag: "Tag_Profile_IM_Level", Value: 7}},
	},
	"profile_portrait_set_least": callback.ProfilePortraitSet{},
	"sns_prev_friend_add": callback.SNSPrevFriendAdd{
		RequesterAccount: "jared",
		FromAccount:      "jared",
		FriendItem: []callback.FriendItem{
			{ToAccount: "brennan", Remark: "Bren", GroupName: "Colleagues", AddSource: "AddSource_Type_Web", AddWording: "hello"}, {ToAccount: "tommy"},
		},
		AddType:       "Add_Type_Both",
		ForceAddFlags: 1,
		EventTime:     1670574414123,
	},
	"sns_prev_friend_add_least": callback.SNSPrevFriendAdd{},
	"sns_prev_friend_response": callback.SNSPrevFriendResponse{
		RequesterAccount:   "brennan",
		FromAccount:        "brennan",
		ResponseFriendItem: []callback.ResponseFriendItem{{ToAccount: "jared", Remark: "Jar", TagName: "Colleagues", ResponseAction: "Response_Action_Agree"}},
		EventTime:          1670574414123,
	},
	"sns_prev_friend_response_least": callback.SNSPrevFriendResponse{},
	"sns_friend_add": callback.SNSFriendAdd{
		PairList:     []callback.AddedFriendPair{{"jared", "brennan", "jared"}, {"brennan", "jared", "jared"}},
		ClientCmd:    "friend_add",
		AdminAccount: "administrator",
		ForceFlag:    1,
	},
	"sns_friend_add_least":             callback.SNSFriendAdd{},
	"sns_friend_delete":                callback.SNSFriendDelete{PairList: []callback.AccountPair{{"jared", "brennan"}, {"brennan", "jared"}}},
	"sns_friend_delete_least":          callback.SNSFriendDelete{},
	"sns_black_list_add":               callback.SNSBlackListAdd{PairList: []callback.AccountPair{{"jared", "brennan"}}},
	"sns_black_list_add_least":         callback.SNSBlackListAdd{},
	"sns_black_list_delete":            callback.SNSBlackListDelete{PairList: []callback.AccountPair{{"jared", "brennan"}}},
	"sns_black_list_delete_least":      callback.SNSBlackListDelete{},
	"follow_after_follow_add":          callback.FollowAfterFollowAdd{FromAccount: "jared", FollowList: []callback.FollowedAccount{{"brennan"}, {"tommy"}}, EventTime: 1670574414123},
	"follow_after_follow_add_least":    callback.FollowAfterFollowAdd{},
	"follow_after_follow_delete":       callback.FollowAfterFollowDelete{FromAccount: "jared", FollowList: []callback.FollowedAccount{{"brennan"}}, EventTime: 1670574414123},
	"follow_after_follow_delete_least": callback.FollowAfterFollowDelete{},
	"parley_ping":                      callback.Ping{EventTime: 1698741698123},
	"parley_ping_least":                callback.Ping{},
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
