package api_test

import "github.com/parley-im/parley/api"

func groupExamples() []example {
	return []example{
		{
			api.GroupService, "create_group",
			&api.CreateGroupRequest{
				OwnerAccount:     "ann",
				Type:             "Public",
				GroupID:          "walkers",
				Name:             "Walkers",
				Introduction:     "We walk on Sundays.",
				Notification:     "Bring water.",
				FaceURL:          "https://app.example.com/walkers.png",
				MaxMemberCount:   new(500),
				ApplyJoinOption:  "FreeAccess",
				InviteJoinOption: "DisableInvite",
				AppDefinedData:   []api.CustomField{{Key: "city", Value: "Ulm"}},
				MemberList: []api.CreateGroupMember{
					{MemberAccount: "bob", Role: "Admin", NameCard: "Bob the guide"},
					{
						MemberAccount: "cid", JoinTime: 1700000000, MsgFlag: "AcceptNotNotify", MuteUntil: new(uint32(0)),
						AppMemberDefinedData: []api.CustomField{{Key: "pace", Value: "slow"}},
					},
				},
			},
			&api.CreateGroupResponse{Response: ok(), GroupID: "walkers", Type: "Public"},
		},
		{
			api.GroupService, "get_group_info",
			&api.GetGroupInfoRequest{
				GroupIDList: []string{"walkers", "nobody"},
				ResponseFilter: &api.GroupInfoFilter{
					GroupBaseInfoFilter:             []string{"Type", "Name", "MemberNum", "MuteAllMember"},
					MemberInfoFilter:                []string{"Role", "MuteUntil"},
					AppDefinedDataFilterGroup:       []string{"city"},
					AppDefinedDataFilterGroupMember: []string{"pace"},
				},
			},
			&api.GetGroupInfoResponse{Response: ok(), GroupInfo: []api.GroupInfo{
				{
					GroupID:              "walkers",
					Type:                 new("Public"),
					Name:                 new("Walkers"),
					Introduction:         new("We walk on Sundays."),
					Notification:         new("Bring water."),
					FaceURL:              new("https://app.example.com/walkers.png"),
					OwnerAccount:         new("ann"),
					CreateTime:           new(int64(1700000000)),
					InfoSeq:              new(int64(3)),
					LastInfoTime:         new(int64(1700000300)),
					LastMsgTime:          new(int64(1700000600)),
					NextMsgSeq:           new(int64(8)),
					MemberNum:            new(3),
					MaxMemberNum:         new(500),
					ApplyJoinOption:      new("FreeAccess"),
					InviteJoinOption:     new("DisableInvite"),
					MuteAllMember:        new("Off"),
					ShutUpAllMember:      new("Off"),
					SDKAppID:             new(int64(1400000001)),
					SupportTopic:         new(0),
					EnablePermission:     new(0),
					DefaultPermission:    new(uint64(0)),
					HistoryMsgBeforeJoin: new("Off"),
					AppDefinedData:       []api.CustomField{{Key: "city", Value: "Ulm"}},
					MemberList: []api.GroupMember{{
						MemberAccount:        "ann",
						Role:                 new("Owner"),
						JoinTime:             new(int64(1700000000)),
						MsgSeq:               new(int64(7)),
						MsgFlag:              new("AcceptAndNotify"),
						LastSendMsgTime:      new(int64(1700000600)),
						MuteUntil:            new(uint32(0)),
						ShutUpUntil:          new(uint32(0)),
						NameCard:             new(""),
						OnlineStatus:         new("Online"),
						AppMemberDefinedData: []api.CustomField{},
					}},
				},
				{GroupID: "nobody", ErrorCode: 10010, ErrorInfo: "this group does not exist"},
			}},
		},
		{
			api.GroupService, "destroy_group",
			&api.DestroyGroupRequest{GroupID: "walkers"},
			&api.DestroyGroupResponse{Response: ok()},
		},
		{
			api.GroupService, "add_group_member",
			&api.AddGroupMemberRequest{
				GroupID: "walkers", Silence: 1,
				MemberList: []api.AddGroupMemberItem{{MemberAccount: "dan"}, {MemberAccount: "ann"}, {MemberAccount: "zoe"}},
			},
			&api.AddGroupMemberResponse{Response: ok(), MemberList: []api.AddGroupMemberResult{
				{MemberAccount: "dan", Result: api.MemberAdded},
				{MemberAccount: "ann", Result: api.MemberAlready},
				{MemberAccount: "zoe", Result: api.MemberAddFailed},
			}},
		},
		{
			api.GroupService, "delete_group_member",
			&api.DeleteGroupMemberRequest{
				GroupID: "walkers", Silence: 1, Reason: "never walks", MemberToDelAccount: []string{"dan"},
			},
			&api.DeleteGroupMemberResponse{Response: ok()},
		},
		{
			api.GroupService, "get_group_member_info",
			&api.GetGroupMemberInfoRequest{
				GroupID:                         "walkers",
				MemberInfoFilter:                []string{"Role", "JoinTime", "MuteUntil"},
				MemberRoleFilter:                []string{"Admin", "Member"},
				AppDefinedDataFilterGroupMember: []string{"pace"},
				Limit:                           100,
				Offset:                          1,
			},
			&api.GetGroupMemberInfoResponse{
				Response: ok(), MemberNum: 3,
				MemberList: []api.GroupMember{
					{
						MemberAccount: "bob", Role: new("Admin"), JoinTime: new(int64(1700000000)),
						MuteUntil: new(uint32(0)), ShutUpUntil: new(uint32(0)),
						AppMemberDefinedData: []api.CustomField{},
					},
					{
						MemberAccount: "cid", Role: new("Member"), JoinTime: new(int64(1700000001)),
						MuteUntil: new(api.MuteForever), ShutUpUntil: new(api.MuteForever),
						AppMemberDefinedData: []api.CustomField{{Key: "pace", Value: "slow"}},
					},
				},
			},
		},
		{
			api.GroupService, "modify_group_base_info",
			&api.ModifyGroupBaseInfoRequest{
				GroupID:              "walkers",
				Name:                 new("Sunday walkers"),
				Introduction:         new(""),
				Notification:         new("Bring water and bread."),
				FaceURL:              new(""),
				MaxMemberNum:         new(200),
				ApplyJoinOption:      new("NeedPermission"),
				InviteJoinOption:     new("FreeAccess"),
				MuteAllMember:        new("On"),
				FromAccount:          "ann",
				HistoryMsgBeforeJoin: new("On"),
				AppDefinedData:       []api.CustomField{{Key: "city", Value: ""}},
			},
			&api.ModifyGroupBaseInfoResponse{Response: ok()},
		},
		{
			api.GroupService, "modify_group_member_info",
			&api.ModifyGroupMemberInfoRequest{
				GroupID:              "walkers",
				MemberAccount:        "bob",
				Role:                 new("Member"),
				MsgFlag:              new("AcceptAndNotify"),
				NameCard:             new("Bob"),
				AppMemberDefinedData: []api.CustomField{{Key: "pace", Value: "fast"}},
				MuteTime:             new(uint32(3600)),
			},
			&api.ModifyGroupMemberInfoResponse{Response: ok()},
		},
		{
			api.GroupService, "forbid_send_msg",
			&api.ForbidSendMsgRequest{
				GroupID: "walkers", MembersAccount: []string{"bob", "cid"}, MuteTime: new(uint32(300)),
			},
			&api.ForbidSendMsgResponse{Response: ok()},
		},
		{
			api.GroupService, "get_group_muted_account",
			&api.GetGroupMutedAccountRequest{GroupID: "walkers"},
			&api.GetGroupMutedAccountResponse{
				Response: ok(), GroupID: "walkers",
				MutedAccountList: []api.MutedAccount{
					{MemberAccount: "bob", MutedUntil: 1700000900},
					{MemberAccount: "cid", MutedUntil: api.MuteForever},
				},
			},
		},
		{
			api.GroupService, "get_group_shutted_uin",
			&api.GetGroupShuttedUinRequest{GroupID: "walkers"},
			&api.GetGroupShuttedUinResponse{
				Response: ok(), GroupID: "walkers",
				ShuttedUinList: []api.ShuttedUin{
					{MemberAccount: "bob", ShuttedUntil: 1700000900},
					{MemberAccount: "cid", ShuttedUntil: api.MuteForever},
				},
			},
		},
	}
}
