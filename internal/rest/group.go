package rest

import (
	"context"
	"slices"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func groupCommands(s *group.Service) []Command {
	e := groupEdge{s}
	invalid := chat.ErrParameter
	return []Command{
		command(api.GroupService, "create_group", documentedRate, invalid, e.create),
		command(api.GroupService, "get_group_info", documentedRate, invalid, e.info),
		command(api.GroupService, "modify_group_base_info", documentedRate, invalid, e.modify),
		command(api.GroupService, "destroy_group", documentedRate, invalid, e.destroy),
		command(api.GroupService, "add_group_member", documentedRate, invalid, e.addMembers),
		command(api.GroupService, "delete_group_member", documentedRate, invalid, e.deleteMembers),
		command(api.GroupService, "get_group_member_info", documentedRate, invalid, e.members),
		command(api.GroupService, "modify_group_member_info", documentedRate, invalid, e.modifyMember),
		command(api.GroupService, "forbid_send_msg", documentedRate, invalid, e.forbidSendMsg),
		command(api.GroupService, "get_group_muted_account", documentedRate, invalid, e.mutedAccounts),
		command(api.GroupService, "get_group_shutted_uin", documentedRate, invalid, e.shuttedUin),
		tolerant(api.GroupService, "send_group_msg", documentedRate, invalid, e.send),
		command(api.GroupService, "group_msg_get_simple", documentedRate, invalid, e.history),
		command(api.GroupService, "group_msg_recall", documentedRate, invalid, e.recall),
	}
}

// groupEdge translates between package api and the operations.
type groupEdge struct{ groups *group.Service }

func (e groupEdge) create(ctx context.Context, c chat.Caller, q *api.CreateGroupRequest) (*api.CreateGroupResponse, error) {
	r := &group.CreateRequest{
		GroupID: q.GroupID, Type: q.Type, Owner: q.OwnerAccount, SupportTopic: q.SupportTopic == 1, EnablePermission: q.EnablePermission == 1,
		Profile: group.Profile{
			Name: &q.Name, Introduction: &q.Introduction, Notification: &q.Notification, FaceURL: &q.FaceURL,
			MaxMemberNum: q.MemberLimit(), ApplyJoinOption: given(q.ApplyJoinOption), InviteJoinOption: given(q.InviteJoinOption),
			AppDefinedData: keyValues(q.AppDefinedData),
		},
	}
	if q.DefaultPermission != nil {
		r.DefaultPermission = int64(*q.DefaultPermission)
	}
	for i := range q.MemberList {
		r.Members = append(r.Members, newMember(&q.MemberList[i]))
	}
	g, err := e.groups.Create(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return &api.CreateGroupResponse{Response: success, GroupID: g.ID, Type: string(g.Type)}, nil
}

func newMember(m *api.CreateGroupMember) group.NewMember {
	n := group.NewMember{
		UserID: m.MemberAccount, Role: m.Role, MsgFlag: m.MsgFlag, NameCard: m.NameCard,
		AppDefinedData: keyValues(m.AppMemberDefinedData),
	}
	if m.JoinTime > 0 {
		n.JoinTime = time.Unix(m.JoinTime, 0)
	}
	if until := m.MutedUntil(); until != nil {
		n.MuteUntil = int64(*until)
	}
	return n
}

// given is nil for an option that was left out.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func keyValues(fields []api.CustomField) []chat.KeyValue {
	if fields == nil {
		return nil
	}
	kv := make([]chat.KeyValue, 0, len(fields))
	for _, f := range fields {
		kv = append(kv, chat.KeyValue(f))
	}
	return kv
}

func (e groupEdge) modify(ctx context.Context, c chat.Caller, q *api.ModifyGroupBaseInfoRequest) (*api.ModifyGroupBaseInfoResponse, error) {
	p := &group.Profile{
		Name: q.Name, Introduction: q.Introduction, Notification: q.Notification, FaceURL: q.FaceURL, MaxMemberNum: q.MemberLimit(),
		ApplyJoinOption: q.ApplyJoinOption, InviteJoinOption: q.InviteJoinOption, MuteAll: q.MuteAll(),
		HistoryBeforeJoin: q.HistoryMsgBeforeJoin, AppDefinedData: keyValues(q.AppDefinedData),
	}
	if q.EnablePermission != nil {
		p.EnablePermission = new(*q.EnablePermission == 1)
	}
	if q.DefaultPermission != nil {
		p.DefaultPermission = new(int64(*q.DefaultPermission))
	}
	return &api.ModifyGroupBaseInfoResponse{Response: success}, e.groups.Update(ctx, c, q.GroupID, q.FromAccount, p)
}

func (e groupEdge) destroy(ctx context.Context, c chat.Caller, q *api.DestroyGroupRequest) (*api.DestroyGroupResponse, error) {
	return &api.DestroyGroupResponse{Response: success}, e.groups.Destroy(ctx, c, q.GroupID)
}

func (e groupEdge) addMembers(ctx context.Context, c chat.Caller, q *api.AddGroupMemberRequest) (*api.AddGroupMemberResponse, error) {
	ids := make([]string, 0, len(q.MemberList))
	for _, m := range q.MemberList {
		ids = append(ids, m.MemberAccount)
	}
	results, err := e.groups.AddMembers(ctx, c, group.AddRequest{GroupID: q.GroupID, UserIDs: ids, Silent: q.Silence == 1})
	if err != nil {
		return nil, err
	}
	r := &api.AddGroupMemberResponse{Response: success, MemberList: make([]api.AddGroupMemberResult, 0, len(results))}
	for _, id := range ids {
		if result, ok := results[id]; ok {
			r.MemberList = append(r.MemberList, api.AddGroupMemberResult{MemberAccount: id, Result: int(result)})
			delete(results, id)
		}
	}
	return r, nil
}

func (e groupEdge) deleteMembers(ctx context.Context, c chat.Caller, q *api.DeleteGroupMemberRequest) (*api.DeleteGroupMemberResponse, error) {
	return &api.DeleteGroupMemberResponse{Response: success}, e.groups.RemoveMembers(ctx, c, group.RemoveRequest{
		GroupID: q.GroupID, UserIDs: q.MemberToDelAccount, Reason: q.Reason, Silent: q.Silence == 1,
	})
}

func (e groupEdge) modifyMember(ctx context.Context, c chat.Caller, q *api.ModifyGroupMemberInfoRequest) (*api.ModifyGroupMemberInfoResponse, error) {
	return &api.ModifyGroupMemberInfoResponse{Response: success}, e.groups.UpdateMember(ctx, c, &group.MemberUpdate{
		GroupID: q.GroupID, UserID: q.MemberAccount, Role: q.Role, MsgFlag: q.MsgFlag, NameCard: q.NameCard,
		AppDefinedData: keyValues(q.AppMemberDefinedData), MuteSeconds: q.Seconds(),
	})
}

func (e groupEdge) forbidSendMsg(ctx context.Context, c chat.Caller, q *api.ForbidSendMsgRequest) (*api.ForbidSendMsgResponse, error) {
	return &api.ForbidSendMsgResponse{Response: success}, e.groups.Mute(ctx, c, q.GroupID, q.TopicID, q.MembersAccount, q.Seconds())
}

func (e groupEdge) mutedAccounts(ctx context.Context, c chat.Caller, q *api.GetGroupMutedAccountRequest) (*api.GetGroupMutedAccountResponse, error) {
	mutes, err := e.groups.Mutes(ctx, c, q.GroupID, q.TopicID)
	r := &api.GetGroupMutedAccountResponse{Response: success, GroupID: q.GroupID, MutedAccountList: make([]api.MutedAccount, 0, len(mutes))}
	for _, m := range mutes {
		r.MutedAccountList = append(r.MutedAccountList, api.MutedAccount{MemberAccount: m.UserID, MutedUntil: uint32(m.Until)})
	}
	return r, err
}

func (e groupEdge) shuttedUin(ctx context.Context, c chat.Caller, q *api.GetGroupShuttedUinRequest) (*api.GetGroupShuttedUinResponse, error) {
	mutes, err := e.groups.Mutes(ctx, c, q.GroupID, q.TopicID)
	r := &api.GetGroupShuttedUinResponse{Response: success, GroupID: q.GroupID, ShuttedUinList: make([]api.ShuttedUin, 0, len(mutes))}
	for _, m := range mutes {
		r.ShuttedUinList = append(r.ShuttedUinList, api.ShuttedUin{MemberAccount: m.UserID, ShuttedUntil: uint32(m.Until)})
	}
	return r, err
}

func (e groupEdge) send(ctx context.Context, c chat.Caller, q *api.SendGroupMsgRequest, fault *chat.Error) (*api.SendGroupMsgResponse, error) {
	r := &group.SendRequest{
		GroupID: q.GroupID, TopicID: q.TopicID, From: q.FromAccount, Random: q.Random, Priority: q.MsgPriority, MsgBody: q.MsgBody,
		CloudCustomData: q.CloudCustomData, OnlineOnly: q.OnlineOnlyFlag > 0,
		NoUnread: slices.Contains(q.SendMsgControl, "NoUnread"), NoLastMsg: slices.Contains(q.SendMsgControl, "NoLastMsg"),
		NeedReadReceipt: q.NeedReadReceipt == 1, SupportExtension: q.SupportMessageExtension == 1,
		SkipBefore: slices.Contains(q.ForbidCallbackControl, forbidBefore), SkipAfter: slices.Contains(q.ForbidCallbackControl, forbidAfter),
		OfflinePush: pushInfo(q.OfflinePushInfo), To: q.ToAccount, Fault: fault,
	}
	for _, at := range q.GroupAtInfo {
		mention := chat.Mention{All: at.GroupAtAllFlag == 1}
		if !mention.All {
			mention.UserID = at.GroupAtAccount
		}
		r.Mentions = append(r.Mentions, mention)
	}
	sent, err := e.groups.Send(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return &api.SendGroupMsgResponse{Response: success, MsgTime: sent.Time.Unix(), MsgSeq: sent.Seq, MsgDropReason: sent.DropReason}, nil
}

func (e groupEdge) recall(ctx context.Context, c chat.Caller, q *api.GroupMsgRecallRequest) (*api.GroupMsgRecallResponse, error) {
	seqs := make([]int64, 0, len(q.MsgSeqList))
	for _, i := range q.MsgSeqList {
		seqs = append(seqs, i.MsgSeq)
	}
	results, err := e.groups.Recall(ctx, c, group.RecallRequest{GroupID: q.GroupID, TopicID: q.TopicID, Seqs: seqs, Reason: q.Reason})
	if err != nil {
		return nil, err
	}
	r := &api.GroupMsgRecallResponse{Response: success, RecallRetList: make([]api.GroupMsgRecallResult, 0, len(seqs))}
	for _, seq := range seqs {
		r.RecallRetList = append(r.RecallRetList, api.GroupMsgRecallResult{MsgSeq: seq, RetCode: retCode(results[seq])})
	}
	return r, nil
}
