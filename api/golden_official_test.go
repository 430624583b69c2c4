package api_test

import (
	"encoding/json"

	"github.com/parley-im/parley/api"
)

func officialExamples() []example {
	return []example{
		{
			api.OfficialService, "create_official_account",
			&api.CreateOfficialAccountRequest{
				OwnerAccount:          "ann",
				OfficialAccountUserID: "@TOA#_news",
				Name:                  "News",
				Introduction:          "What is new.",
				FaceURL:               "https://app.example.com/news.png",
				MaxSubscriberNum:      new(5000),
				Organization:          "The walkers' society",
				CustomString:          `{"lang":"en"}`,
			},
			&api.CreateOfficialAccountResponse{Response: ok(), OfficialAccountUserID: "@TOA#_news"},
		},
		{
			api.OfficialService, "get_official_account_info",
			&api.GetOfficialAccountInfoRequest{
				OfficialAccountIDList: []api.OfficialAccountItem{
					{OfficialAccount: "@TOA#_news"}, {OfficialAccount: "@TOA#_nobody"},
				},
				ResponseFilter: &api.OfficialAccountFilter{
					OfficialAccountBaseInfoFilter: []string{"Name", "Owner_Account", "SubscriberNum"},
				},
			},
			&api.GetOfficialAccountInfoResponse{Response: ok(), OfficialAccountInfoList: []api.OfficialAccountInfo{
				{
					OfficialAccount:  "@TOA#_news",
					OwnerAccount:     new("ann"),
					Name:             new("News"),
					Introduction:     new("What is new."),
					FaceURL:          new("https://app.example.com/news.png"),
					Organization:     new("The walkers' society"),
					CustomString:     new(`{"lang":"en"}`),
					MaxSubscriberNum: new(5000),
					SubscriberNum:    new(2),
					CreateTime:       new(int64(1700000000)),
					LastMsgTime:      new(int64(0)),
				},
				{
					OfficialAccount: "@TOA#_nobody",
					ErrorCode:       130004,
					ErrorInfo:       "this official account does not exist",
				},
			}},
		},
		{
			api.OfficialService, "destroy_official_account",
			&api.DestroyOfficialAccountRequest{OfficialAccount: "@TOA#_news"},
			&api.DestroyOfficialAccountResponse{Response: ok()},
		},
		{
			api.OfficialService, "add_subscriber",
			&api.AddSubscriberRequest{
				OfficialAccount: "@TOA#_news",
				SubscriberList: []api.SubscriberItem{
					{SubscriberAccount: "bob"}, {SubscriberAccount: "cid"}, {SubscriberAccount: "zoe"},
				},
			},
			&api.AddSubscriberResponse{Response: ok(), SubscriberList: []api.SubscriberResult{
				{SubscriberAccount: "bob", Result: api.SubscriberChanged},
				{SubscriberAccount: "cid", Result: api.SubscriberUnchanged},
				{SubscriberAccount: "zoe", Result: api.SubscriberFailed},
			}},
		},
		{
			api.OfficialService, "delete_subscriber",
			&api.DeleteSubscriberRequest{
				OfficialAccount: "@TOA#_news", SubscriberToDelAccount: []string{"bob", "dan"},
			},
			&api.DeleteSubscriberResponse{Response: ok(), SubscriberList: []api.SubscriberResult{
				{SubscriberAccount: "bob", Result: api.SubscriberChanged},
				{SubscriberAccount: "dan", Result: api.SubscriberUnchanged},
			}},
		},
		{
			api.OfficialService, "get_subscriber_info",
			&api.GetSubscriberInfoRequest{OfficialAccount: "@TOA#_news", Limit: 1, Next: ""},
			&api.GetSubscriberInfoResponse{
				Response: ok(), Next: "Ym9i", SubscriberNum: 2,
				SubscriberList: []api.Subscriber{{
					SubscriberAccount: "bob",
					SubscribeTime:     1700000100,
					MsgFlag:           "AcceptAndNotify",
					CustomString:      "",
					LastSendMsgTime:   0,
				}},
			},
		},
		{
			api.OfficialService, "send_official_account_msg",
			&api.SendOfficialAccountMsgRequest{
				OfficialAccount:       "@TOA#_news",
				Random:                new(uint32(121212)),
				MsgBody:               json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"Spring is here"}}]`),
				OfflinePushInfo:       &api.OfflinePushInfo{PushFlag: 1},
				ForbidCallbackControl: api.StringList{"ForbidBeforeSendMsgCallback"},
				SendMsgControl:        api.StringList{"NoLastMsg"},
				CloudCustomData:       `{"trace":"80"}`,
			},
			&api.SendOfficialAccountMsgResponse{Response: ok(), MsgTime: 1700000700, MsgKey: "1_1_1700000700"},
		},
		{
			api.OfficialService, "official_account_msg_recall",
			&api.OfficialAccountMsgRecallRequest{
				OfficialAccount: "@TOA#_news", MsgKeyList: []string{"1_1_1700000700", "9_1_1700000000"}, Reason: "too early",
			},
			&api.OfficialAccountMsgRecallResponse{Response: ok(), RecallRetList: []api.OfficialAccountMsgRecallResult{
				{MsgKey: "1_1_1700000700", RetCode: 0}, {MsgKey: "9_1_1700000000", RetCode: 10030},
			}},
		},
	}
}
