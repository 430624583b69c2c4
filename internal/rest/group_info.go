package rest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func (e groupEdge) info(ctx context.Context, c chat.Caller, q *api.GetGroupInfoRequest) (*api.GetGroupInfoResponse, error) {
	var f api.GroupInfoFilter
	if q.ResponseFilter != nil {
		f = *q.ResponseFilter
	}
	// An empty list of member fields asks for no members at all.
	withMembers := f.MemberInfoFilter == nil || len(f.MemberInfoFilter) > 0
	infos, err := e.groups.Get(ctx, c, q.GroupIDList, withMembers)
	if err != nil {
		return nil, err
	}
	r := &api.GetGroupInfoResponse{Response: success, GroupInfo: make([]api.GroupInfo, 0, len(infos))}
	for i := range infos {
		r.GroupInfo = append(r.GroupInfo, groupInfo(c.App, &infos[i], &f))
	}
	return r, nil
}

func groupInfo(app *chat.App, i *group.Info, f *api.GroupInfoFilter) api.GroupInfo {
	if i.Err != nil {
		return api.GroupInfo{GroupID: i.GroupID, ErrorCode: i.Err.Code, ErrorInfo: i.Err.Text}
	}
	g, want := i.Group, filter(f.GroupBaseInfoFilter)
	r := api.GroupInfo{
		GroupID:              g.ID,
		Type:                 pick(want, string(g.Type), "Type"),
		Name:                 pick(want, g.Name, "Name"),
		Introduction:         pick(want, g.Introduction, "Introduction"),
		Notification:         pick(want, g.Notification, "Notification"),
		FaceURL:              pick(want, g.FaceURL, "FaceUrl"),
		OwnerAccount:         pick(want, g.Owner, "Owner_Account"),
		CreateTime:           pick(want, g.CreateTime.Unix(), "CreateTime"),
		InfoSeq:              pick(want, g.InfoSeq, "InfoSeq"),
		LastInfoTime:         pick(want, g.LastInfoTime.Unix(), "LastInfoTime"),
		LastMsgTime:          pick(want, seconds(g.LastMsgTime), "LastMsgTime"),
		NextMsgSeq:           pick(want, g.NextMsgSeq, "NextMsgSeq"),
		MemberNum:            pick(want, g.MemberNum, "MemberNum"),
		MaxMemberNum:         pick(want, g.MaxMemberNum, "MaxMemberNum", "MaxMemberCount"),
		ApplyJoinOption:      pick(want, g.ApplyJoinOption, "ApplyJoinOption"),
		InviteJoinOption:     pick(want, g.InviteJoinOption, "InviteJoinOption"),
		MuteAllMember:        pick(want, onOff(g.MuteAll), "MuteAllMember", "ShutUpAllMember"),
		ShutUpAllMember:      pick(want, onOff(g.MuteAll), "MuteAllMember", "ShutUpAllMember"),
		SDKAppID:             pick(want, int64(app.SDKAppID), "Appid"),
		SupportTopic:         pick(want, flag(g.SupportTopic), "SupportTopic"),
		EnablePermission:     pick(want, flag(g.EnablePermission), "EnablePermission"),
		DefaultPermission:    pick(want, uint64(g.DefaultPermission), "DefaultPermission"),
		HistoryMsgBeforeJoin: pick(want, onOff(g.HistoryBeforeJoin), "HistoryMsgBeforeJoin"),
	}
	if want.has("AppDefinedData") || f.AppDefinedDataFilterGroup != nil {
		r.AppDefinedData = customFields(g.AppDefinedData, f.AppDefinedDataFilterGroup)
	}
	if i.Members != nil {
		r.MemberList = memberList(i.Members, f.MemberInfoFilter, f.AppDefinedDataFilterGroupMember)
	}
	return r
}

func memberList(members []chat.Member, want, customKeys filter) []api.GroupMember {
	list := make([]api.GroupMember, 0, len(members))
	for i := range members {
		list = append(list, groupMember(&members[i], want, customKeys))
	}
	return list
}

func groupMember(m *chat.Member, want, customKeys filter) api.GroupMember {
	r := api.GroupMember{
		MemberAccount:   m.UserID,
		Role:            pick(want, string(m.Role), "Role"),
		JoinTime:        pick(want, m.JoinTime.Unix(), "JoinTime"),
		MsgSeq:          pick(want, m.ReadSeq, "MsgSeq"),
		MsgFlag:         pick(want, m.MsgFlag, "MsgFlag"),
		LastSendMsgTime: pick(want, seconds(m.LastSendTime), "LastSendMsgTime"),
		MuteUntil:       pick(want, uint32(m.MuteUntil), "MuteUntil", "ShutUpUntil"),
		ShutUpUntil:     pick(want, uint32(m.MuteUntil), "MuteUntil", "ShutUpUntil"),
		NameCard:        pick(want, m.NameCard, "NameCard"),
		OnlineStatus:    pick(want, onlineStatus(m.Online), "OnlineStatus"),
	}
	if want.has("AppMemberDefinedData") || customKeys != nil {
		r.AppMemberDefinedData = customFields(m.AppDefinedData, customKeys)
	}
	return r
}

func customFields(data []chat.KeyValue, keys filter) []api.CustomField {
	fields := make([]api.CustomField, 0, len(data))
	for _, kv := range data {
		if keys.has(kv.Key) {
			fields = append(fields, api.CustomField(kv))
		}
	}
	return fields
}

func onlineStatus(online bool) string {
	if online {
		return "Online"
	}
	return "Offline"
}

func onOff(b bool) string {
	if b {
		return "On"
	}
	return "Off"
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (e groupEdge) members(ctx context.Context, c chat.Caller, q *api.GetGroupMemberInfoRequest) (*api.GetGroupMemberInfoResponse, error) {
	after, ok := parseCursor(q.Next)
	if !ok {
		return nil, chat.ErrParameter.Because("Next is none that was returned")
	}
	r := group.ListRequest{GroupID: q.GroupID, Limit: q.Limit, Offset: q.Offset, After: after}
	for _, role := range q.MemberRoleFilter {
		r.Roles = append(r.Roles, chat.Role(role))
	}
	page, err := e.groups.ListMembers(ctx, c, r)
	if err != nil {
		return nil, err
	}
	answer := &api.GetGroupMemberInfoResponse{
		Response: success, MemberNum: page.Group.MemberNum,
		MemberList: memberList(page.Members, q.MemberInfoFilter, q.AppDefinedDataFilterGroupMember),
	}
	if page.Group.Type.Is(chat.Community) {
		answer.Next = new(formatCursor(page.Next))
	}
	return answer, nil
}

func (e groupEdge) history(ctx context.Context, c chat.Caller, q *api.GroupMsgGetSimpleRequest) (*api.GroupMsgGetSimpleResponse, error) {
	h, err := e.groups.History(ctx, c, group.HistoryRequest{GroupID: q.GroupID, TopicID: q.TopicID, Number: q.ReqMsgNumber, Seq: q.ReqMsgSeq})
	if err != nil {
		return nil, err
	}
	r := &api.GroupMsgGetSimpleResponse{Response: success, GroupID: q.GroupID, IsFinished: int(h.Finished), RspMsgList: make([]api.HistoryMessage, 0, len(h.Messages))}
	for i := range h.Messages {
		m, err := historyMessage(&h.Messages[i], q.WithRecalledMsg == 1)
		if err != nil {
			return nil, err
		}
		r.RspMsgList = append(r.RspMsgList, m)
	}
	return r, nil
}

// historyMessage shows a message; of a recalled one only its place, unless the
// caller asks for more.
func historyMessage(m *chat.Message, withRecalled bool) (api.HistoryMessage, error) {
	r := api.HistoryMessage{
		FromAccount: m.Sender, IsPlaceMsg: int(m.Place), MsgBody: []api.MsgElement{}, MsgPriority: int(m.Priority), MsgRandom: m.Random,
		MsgSeq: m.Seq, MsgTimeStamp: m.Time.Unix(),
	}
	if m.Tip != nil { // the API has no form for what it tells
		r.IsSystemMsg, r.IsPlaceMsg, r.MsgRandom = 1, int(chat.PlaceGone), 0
		return r, nil
	}
	if m.Place == chat.PlaceGone || (m.Place == chat.PlaceRecalled && !withRecalled) {
		return r, nil
	}
	r.CloudCustomData = m.CloudCustomData
	if err := json.Unmarshal(m.Body.JSON, &r.MsgBody); err != nil {
		return r, fmt.Errorf("stored message %d: %w", m.Seq, err)
	}
	return r, nil
}
