package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func groupBeforeCreate(e event.BeforeGroupCreate) callback.Body {
	return callback.GroupBeforeCreateGroup{
		OperatorAccount: e.Operator, OwnerAccount: e.Owner, Type: string(e.Type), Name: e.Name, CreateGroupNum: e.Owned,
		MemberList: groupMembers(e.Members), EventTime: e.At.UnixMilli(),
	}
}

func groupAfterCreate(e event.GroupCreated) callback.Body {
	b := callback.GroupAfterCreateGroup{
		GroupID: e.GroupID, OperatorAccount: e.Operator, OwnerAccount: e.Owner, Type: string(e.Type), Name: e.Name,
		InviteOption: e.InviteJoinOption, MemberList: groupMembers(userIDs(e.Members)), EventTime: e.At.UnixMilli(),
	}
	for _, kv := range e.AppDefinedData {
		b.UserDefinedDataList = append(b.UserDefinedDataList, callback.UserDefinedData(kv))
	}
	return b
}

func groupBeforeApply(e event.BeforeGroupApply) callback.Body {
	return callback.GroupBeforeApplyJoinGroup{
		GroupID: e.GroupID, Type: string(e.Type), RequestorAccount: e.Operator, EventTime: e.At.UnixMilli(),
	}
}

func groupBeforeInvite(e event.BeforeGroupInvite) callback.Body {
	return callback.GroupBeforeInviteJoinGroup{
		GroupID: e.GroupID, Type: string(e.Type), OperatorAccount: e.Operator, DestinationMembers: groupMembers(e.Members),
		EventTime: e.At.UnixMilli(),
	}
}

func groupAfterJoin(e event.GroupMembersJoined) callback.Body {
	b := callback.GroupAfterNewMemberJoin{
		GroupID: e.GroupID, Type: string(e.Type), JoinType: "Apply", OperatorAccount: e.Operator,
		NewMemberList: groupMembers(userIDs(e.Members)), EventTime: e.At.UnixMilli(),
	}
	if e.Invited {
		b.JoinType = "Invited"
	}
	return b
}

func groupAfterExit(e event.GroupMembersLeft) callback.Body {
	b := callback.GroupAfterMemberExit{
		GroupID: e.GroupID, Type: string(e.Type), ExitType: "Quit", OperatorAccount: e.Operator,
		ExitMemberList: groupMembers(e.Members), EventTime: e.At.UnixMilli(),
	}
	if e.Removed {
		b.ExitType = "Kicked"
	}
	return b
}

func groupAfterFull(e event.GroupFull) callback.Body {
	return callback.GroupAfterGroupFull{GroupID: e.GroupID, EventTime: e.At.UnixMilli()}
}

func groupAfterDestroyed(e event.GroupDestroyed) callback.Body {
	return callback.GroupAfterGroupDestroyed{
		GroupID: e.GroupID, Type: string(e.Type), OwnerAccount: e.Owner, Name: e.Name, MemberList: groupMembers(e.Members),
		EventTime: e.At.UnixMilli(),
	}
}

func groupAfterInfoChanged(e event.GroupInfoChanged) callback.Body {
	return callback.GroupAfterGroupInfoChanged{
		GroupID: e.GroupID, Type: string(e.Type), OperatorAccount: e.Operator, Name: e.Change.Name, Introduction: e.Change.Introduction,
		Notification: e.Change.Notification, FaceURL: e.Change.FaceURL, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterMemberChanged(e event.GroupMemberChanged) callback.Body {
	return callback.GroupAfterMemberFieldChanged{
		GroupID: e.GroupID, Type: string(e.Type), OperatorAccount: e.Operator, MemberAccount: e.UserID, ModifiedAccount: e.UserID,
		Role: (*string)(e.Role), NameCard: e.NameCard, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterOwnerChanged(e event.GroupOwnerChanged) callback.Body {
	return callback.GroupAfterChangeGroupOwner{
		GroupID: e.GroupID, Type: string(e.Type), OperatorAccount: e.Operator, OldOwnerAccount: e.Old, NewOwnerAccount: e.New,
		EventTime: e.At.UnixMilli(),
	}
}

func userIDs(members []chat.Member) []string {
	ids := make([]string, 0, len(members))
	for i := range members {
		ids = append(ids, members[i].UserID)
	}
	return ids
}

func groupMembers(ids []string) []callback.GroupMember {
	members := make([]callback.GroupMember, 0, len(ids))
	for _, id := range ids {
		members = append(members, callback.GroupMember{MemberAccount: id})
	}
	return members
}
