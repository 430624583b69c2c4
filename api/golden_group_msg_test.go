package api_test

import (
	"encoding/json"

	"github.com/parley-im/parley/api"
)

// helloBody is a message body that says hello.
const helloBody = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"Hello @Bob"}}]`

func groupMessageExamples() []example {
	return []example{
		{
			api.GroupService, "send_group_msg",
			&api.SendGroupMsgRequest{
				GroupID:     "walkers",
				Random:      new(uint32(2784275388)),
				MsgPriority: "High",
				MsgBody:     json.RawMessage(helloBody),
				FromAccount: "ann",
				OfflinePushInfo: &api.OfflinePushInfo{
					Title: "Walkers",
					Desc:  "Ann says hello",
					Ext:   `{"page":"walkers"}`,
					AndroidInfo: &api.AndroidPushInfo{
						Sound: "bell.mp3", HuaWeiChannelID: "talk", VIVOClassification: new(0), HuaWeiImportance: "LOW",
					},
					ApnsInfo: &api.ApnsPushInfo{Sound: "bell.caf", BadgeMode: 1, InterruptionLevel: "active"},
				},
				ForbidCallbackControl:   api.StringList{"ForbidAfterSendMsgCallback"},
				SendMsgControl:          api.StringList{"NoUnread"},
				CloudCustomData:         `{"trace":"7f"}`,
				SupportMessageExtension: 1,
				NeedReadReceipt:         1,
				GroupAtInfo:             []api.GroupAtInfo{{GroupAtAllFlag: 0, GroupAtAccount: "bob"}, {GroupAtAllFlag: 1}},
			},
			&api.SendGroupMsgResponse{Response: ok(), MsgTime: 1700000600, MsgSeq: 7},
		},
		{
			api.GroupService, "group_msg_get_simple",
			&api.GroupMsgGetSimpleRequest{GroupID: "walkers", ReqMsgNumber: 4, ReqMsgSeq: 7, WithRecalledMsg: 1},
			&api.GroupMsgGetSimpleResponse{
				Response: ok(), GroupID: "walkers", IsFinished: api.HistoryComplete,
				RspMsgList: []api.HistoryMessage{
					{
						FromAccount: "ann",
						MsgBody: []api.MsgElement{
							{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{"Text":"Hello @Bob"}`)},
						},
						MsgPriority: 1, MsgRandom: 2784275388, MsgSeq: 7, MsgTimeStamp: 1700000600,
						CloudCustomData: `{"trace":"7f"}`,
					},
					{
						FromAccount: "bob", IsPlaceMsg: api.PlaceRecalled,
						MsgBody: []api.MsgElement{
							{MsgType: "TIMTextElem", MsgContent: json.RawMessage(`{"Text":"oops"}`)},
						},
						MsgPriority: 2, MsgRandom: 11, MsgSeq: 6, MsgTimeStamp: 1700000500,
					},
					{
						FromAccount: "bob", IsPlaceMsg: api.PlaceGone, MsgBody: []api.MsgElement{},
						MsgPriority: 2, MsgRandom: 12, MsgSeq: 5, MsgTimeStamp: 1700000400,
					},
					{
						FromAccount: "@TIM#SYSTEM", IsSystemMsg: 1,
						MsgBody: []api.MsgElement{{
							MsgType: "TIMGroupTipElem",
							MsgContent: json.RawMessage(
								`{"OpType":1,"Operator_Account":"ann","List_Account":["bob"],"MemberNum":2}`,
							),
						}},
						MsgPriority: 2, MsgRandom: 13, MsgSeq: 4, MsgTimeStamp: 1700000300,
					},
				},
			},
		},
		{
			api.GroupService, "group_msg_recall",
			&api.GroupMsgRecallRequest{
				GroupID: "walkers", MsgSeqList: []api.GroupMsgRecallItem{{MsgSeq: 7}, {MsgSeq: 99}}, Reason: "typing mistake",
			},
			&api.GroupMsgRecallResponse{Response: ok(), RecallRetList: []api.GroupMsgRecallResult{
				{MsgSeq: 7, RetCode: 0}, {MsgSeq: 99, RetCode: 10030},
			}},
		},
	}
}
