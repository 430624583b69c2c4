package gateway

import (
	"context"
	"strconv"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func (g *Gateway) groupPackets() []Packet {
	return []Packet{
		packet(serviceGroup, "create_group", g.createGroup),
		packet(serviceGroup, "get_joined_group_list", g.joinedGroups),
		packet(serviceGroup, "get_group_self_member_info", g.ownGroupInfo),
		packet(serviceGroup, "get_group_public_info", g.publicGroupInfo),
		packet(serviceGroup, "modify_group_base_info", g.modifyGroup),
		packet(serviceGroup, "destroy_group", g.destroyGroup),
		packet(serviceGroup, "change_group_owner", g.changeOwner),
		packet(serviceGroup, "apply_join_group", g.joinGroup),
		packet(serviceGroup, "quit_group", g.quitGroup),
		packet(serviceGroup, "get_group_member_info", g.groupMembers),
		packet(serviceGroup, "get_specified_group_member_info", g.namedMembers),
		packet(serviceGroup, "add_group_member", g.addMembers),
		packet(serviceGroup, "delete_group_member", g.deleteMembers),
		packet(serviceGroup, "modify_group_member_info", g.modifyMember),
		packet(serviceGroup, "get_pendency", g.applications),
		packet(serviceGroup, "handle_apply_join_group", g.handleApplication),
		packet(serviceGroup, "handle_invite_join_permission_group", g.handleProposal),
		packet(serviceGroup, "handle_invite_join_group", g.handleInvitation),
		packet(serviceGroup, "get_online_member_num", g.onlineMembers),
	}
}

type createGroupRequest struct {
	Type             string            `json:"Type"`
	GroupID          string            `json:"GroupId"`
	Name             string            `json:"Name"`
	Introduction     *string           `json:"Introduction"`
	Notification     *string           `json:"Notification"`
	FaceURL          *string           `json:"FaceUrl"`
	MaxMemberCount   *int              `json:"MaxMemberCount"`
	ApplyJoinOption  *string           `json:"ApplyJoinOption"`
	InviteJoinOption *string           `json:"InviteJoinOption"`
	MemberList       []memberReference `json:"MemberList"`
	AppDefinedData   []chat.KeyValue   `json:"AppDefinedData"`
	SupportTopic     int               `json:"SupportTopic"`
}

// memberReference names a user who is to become a member.
type memberReference struct {
	Account string `json:"Member_Account"`
	Role    string `json:"Role"`
}

type createGroupAnswer struct {
	Status

	GroupID       string `json:"GroupId,omitempty"`
	HugeGroupFlag int    `json:"HugeGroupFlag"`
}

func (g *Gateway) createGroup(ctx context.Context, r *request, q *createGroupRequest) (*createGroupAnswer, error) {
	create := &group.CreateRequest{
		GroupID: q.GroupID, Type: q.Type, SupportTopic: q.SupportTopic == 1,
		Profile: group.Profile{
			Name: &q.Name, Introduction: q.Introduction, Notification: q.Notification, FaceURL: q.FaceURL, MaxMemberNum: q.MaxMemberCount,
			ApplyJoinOption: q.ApplyJoinOption, InviteJoinOption: q.InviteJoinOption, AppDefinedData: q.AppDefinedData,
		},
	}
	for _, m := range q.MemberList {
		create.Members = append(create.Members, group.NewMember{UserID: m.Account, Role: m.Role})
	}
	made, err := g.Groups.Create(ctx, r.caller, create)
	if err != nil {
		return nil, err
	}
	return &createGroupAnswer{GroupID: made.ID, HugeGroupFlag: bit(made.Type.Is(chat.AVChatRoom))}, nil
}

type joinedGroupsRequest struct {
	Limit        int `json:"Limit"`
	Offset       int `json:"Offset"`
	SupportTopic int `json:"SupportTopic"`
}

type joinedGroupsAnswer struct {
	Status

	TotalCount  int         `json:"TotalCount"`
	GroupIDList []*groupRow `json:"GroupIdList"`
}

// joinedGroups lists communities under their own service, and all other groups under
// the common one.
func (g *Gateway) joinedGroups(ctx context.Context, r *request, q *joinedGroupsRequest) (*joinedGroupsAnswer, error) {
	total, infos, err := g.Groups.ListJoined(ctx, r.caller, group.JoinedRequest{
		Communities: r.service() == serviceCommunity, SupportTopic: q.SupportTopic == 1, Offset: q.Offset, Limit: q.Limit,
	})
	if err != nil {
		return nil, err
	}
	a := &joinedGroupsAnswer{TotalCount: total, GroupIDList: make([]*groupRow, 0, len(infos))}
	for i := range infos {
		a.GroupIDList = append(a.GroupIDList, newGroupRow(infos[i].Group, infos[i].Self))
	}
	return a, nil
}

type groupIDsRequest struct {
	GroupIDList []string `json:"GroupIdList"`
}

type groupInfoAnswer struct {
	Status

	GroupInfo []groupInfoRow `json:"GroupInfo"`
}

// groupInfoRow is one group, or why it is not shown.
type groupInfoRow struct {
	*groupRow

	ErrorCode  int          `json:"ErrorCode"`
	ErrorInfo  string       `json:"ErrorInfo"`
	MemberList *[]memberRow `json:"MemberList,omitempty"`
}

// ownGroupInfo answers profiles, each with the caller's own membership.
func (g *Gateway) ownGroupInfo(ctx context.Context, r *request, q *groupIDsRequest) (*groupInfoAnswer, error) {
	return g.groupInfos(ctx, r, q, true)
}

// publicGroupInfo answers profiles as everybody sees them.
func (g *Gateway) publicGroupInfo(ctx context.Context, r *request, q *groupIDsRequest) (*groupInfoAnswer, error) {
	return g.groupInfos(ctx, r, q, false)
}

func (g *Gateway) groupInfos(ctx context.Context, r *request, q *groupIDsRequest, own bool) (*groupInfoAnswer, error) {
	infos, err := g.Groups.GetOwn(ctx, r.caller, q.GroupIDList)
	if err != nil {
		return nil, err
	}
	a := &groupInfoAnswer{GroupInfo: make([]groupInfoRow, 0, len(infos))}
	for i := range infos {
		a.GroupInfo = append(a.GroupInfo, newGroupInfoRow(&infos[i], own))
	}
	return a, nil
}

func newGroupInfoRow(i *group.Info, own bool) groupInfoRow {
	if i.Err != nil {
		return groupInfoRow{groupRow: &groupRow{GroupID: i.GroupID, AppDefinedData: []chat.KeyValue{}}, ErrorCode: i.Err.Code, ErrorInfo: i.Err.Text}
	}
	if !own {
		return groupInfoRow{groupRow: newGroupRow(i.Group, nil)}
	}
	self := []memberRow{}
	if i.Self != nil {
		self = append(self, newMemberRow(i.Self))
	}
	return groupInfoRow{groupRow: newGroupRow(i.Group, i.Self), MemberList: &self}
}

type modifyGroupRequest struct {
	GroupID          string          `json:"GroupId"`
	Name             *string         `json:"Name"`
	Introduction     *string         `json:"Introduction"`
	Notification     *string         `json:"Notification"`
	FaceURL          *string         `json:"FaceUrl"`
	ApplyJoinOption  *string         `json:"ApplyJoinOption"`
	InviteJoinOption *string         `json:"InviteJoinOption"`
	ShutUpAllMember  *string         `json:"ShutUpAllMember"`
	AppDefinedData   []chat.KeyValue `json:"AppDefinedData"`
}

func (g *Gateway) modifyGroup(ctx context.Context, r *request, q *modifyGroupRequest) (*done, error) {
	return nil, g.Groups.Update(ctx, r.caller, q.GroupID, "", &group.Profile{
		Name: q.Name, Introduction: q.Introduction, Notification: q.Notification, FaceURL: q.FaceURL,
		ApplyJoinOption: q.ApplyJoinOption, InviteJoinOption: q.InviteJoinOption, MuteAll: q.ShutUpAllMember, AppDefinedData: q.AppDefinedData,
	})
}

type groupIDRequest struct {
	GroupID string `json:"GroupId"`
}

func (g *Gateway) destroyGroup(ctx context.Context, r *request, q *groupIDRequest) (*done, error) {
	return nil, g.Groups.Destroy(ctx, r.caller, q.GroupID)
}

type changeOwnerRequest struct {
	GroupID  string `json:"GroupId"`
	NewOwner string `json:"NewOwner_Account"`
}

func (g *Gateway) changeOwner(ctx context.Context, r *request, q *changeOwnerRequest) (*done, error) {
	return nil, g.Groups.ChangeOwner(ctx, r.caller, q.GroupID, q.NewOwner)
}

type joinGroupRequest struct {
	GroupID  string `json:"GroupId"`
	ApplyMsg string `json:"ApplyMsg"`
}

type joinGroupAnswer struct {
	Status

	JoinedStatus  string `json:"JoinedStatus,omitempty"`
	HugeGroupFlag int    `json:"HugeGroupFlag"`
	// AVChatRoomKey comes back with requests about the room's attributes.
	AVChatRoomKey string `json:"AVChatRoomKey,omitempty"`
}

func (g *Gateway) joinGroup(ctx context.Context, r *request, q *joinGroupRequest) (*joinGroupAnswer, error) {
	g.hub.prepare(ctx, groupKey{r.caller.App.SDKAppID, q.GroupID})
	joined, err := g.Groups.Join(ctx, r.caller, group.JoinRequest{GroupID: q.GroupID, Text: q.ApplyMsg})
	if err != nil {
		return nil, err
	}
	a := &joinGroupAnswer{JoinedStatus: "JoinedSuccess"}
	if joined.Waiting {
		a.JoinedStatus = "WaitAdminApproval"
	}
	if joined.Group.Type.Is(chat.AVChatRoom) {
		a.HugeGroupFlag, a.AVChatRoomKey = 1, joined.Group.ID
	}
	return a, nil
}

func (g *Gateway) quitGroup(ctx context.Context, r *request, q *groupIDRequest) (*done, error) {
	return nil, g.Groups.Quit(ctx, r.caller, q.GroupID)
}

type groupMembersRequest struct {
	GroupID          string   `json:"GroupId"`
	Limit            int      `json:"Limit"`
	Offset           int      `json:"Offset"`
	Next             string   `json:"Next"`
	MemberRoleFilter []string `json:"MemberRoleFilter"`
}

type groupMembersAnswer struct {
	Status

	MemberNum  int         `json:"MemberNum"`
	MemberList []memberRow `json:"MemberList"`
	// Next is where a community's list continues, empty at its end.
	Next *string `json:"Next,omitempty"`
}

// maxMemberPage is how many members one answer lists.
const maxMemberPage = 100

func (g *Gateway) groupMembers(ctx context.Context, r *request, q *groupMembersRequest) (*groupMembersAnswer, error) {
	list := group.ListRequest{GroupID: q.GroupID, Limit: q.Limit, Offset: q.Offset}
	if list.Limit == 0 || list.Limit > maxMemberPage {
		list.Limit = maxMemberPage
	}
	if q.Next != "" {
		after, err := strconv.ParseInt(q.Next, 10, 64)
		if err != nil || after < 0 {
			return nil, chat.ErrParameter.Because("Next is none that was returned")
		}
		list.After = after
	}
	for _, role := range q.MemberRoleFilter {
		list.Roles = append(list.Roles, chat.Role(role))
	}
	page, err := g.Groups.ListMembers(ctx, r.caller, list)
	if err != nil {
		return nil, err
	}
	a := &groupMembersAnswer{MemberNum: page.Group.MemberNum, MemberList: memberRows(page.Members)}
	if page.Group.Type.Is(chat.Community) {
		a.Next = new("")
		if page.Next != 0 {
			a.Next = new(strconv.FormatInt(page.Next, 10))
		}
	}
	return a, nil
}

// memberRows shows members, and who of them is connected.
func memberRows(members []chat.Member) []memberRow {
	rows := make([]memberRow, 0, len(members))
	for i := range members {
		row := newMemberRow(&members[i])
		row.OnlineStatus = "Offline"
		if members[i].Online {
			row.OnlineStatus = "Online"
		}
		rows = append(rows, row)
	}
	return rows
}

type namedMembersRequest struct {
	GroupID    string   `json:"GroupId"`
	MemberList []string `json:"Member_List_Account"`
}

type namedMembersAnswer struct {
	Status

	MemberList []memberRow `json:"MemberList"`
}

func (g *Gateway) namedMembers(ctx context.Context, r *request, q *namedMembersRequest) (*namedMembersAnswer, error) {
	members, err := g.Groups.Members(ctx, r.caller, q.GroupID, q.MemberList)
	if err != nil {
		return nil, err
	}
	return &namedMembersAnswer{MemberList: memberRows(members)}, nil
}

type addMembersRequest struct {
	GroupID    string            `json:"GroupId"`
	MemberList []memberReference `json:"MemberList"`
	Silence    int               `json:"Silence"`
}

type addMembersAnswer struct {
	Status

	MemberList []addedMember `json:"MemberList"`
}

type addedMember struct {
	Account string          `json:"Member_Account"`
	Result  group.AddResult `json:"Result"`
}

func (g *Gateway) addMembers(ctx context.Context, r *request, q *addMembersRequest) (*addMembersAnswer, error) {
	add := group.AddRequest{GroupID: q.GroupID, Silent: q.Silence == 1}
	for _, m := range q.MemberList {
		add.UserIDs = append(add.UserIDs, m.Account)
	}
	results, err := g.Groups.AddMembers(ctx, r.caller, add)
	if err != nil {
		return nil, err
	}
	a := &addMembersAnswer{MemberList: make([]addedMember, 0, len(results))}
	for _, id := range chat.Unique(add.UserIDs) {
		a.MemberList = append(a.MemberList, addedMember{Account: id, Result: results[id]})
	}
	return a, nil
}

type deleteMembersRequest struct {
	GroupID string   `json:"GroupId"`
	Members []string `json:"MemberToDel_Account"`
	Reason  string   `json:"Reason"`
	Silence int      `json:"Silence"`
}

func (g *Gateway) deleteMembers(ctx context.Context, r *request, q *deleteMembersRequest) (*done, error) {
	return nil, g.Groups.RemoveMembers(ctx, r.caller, group.RemoveRequest{
		GroupID: q.GroupID, UserIDs: q.Members, Reason: q.Reason, Silent: q.Silence == 1,
	})
}

type modifyMemberRequest struct {
	GroupID        string          `json:"GroupId"`
	TopicID        string          `json:"TopicId"`
	Account        string          `json:"Member_Account"`
	Role           *string         `json:"Role"`
	ShutUpTime     *uint32         `json:"ShutUpTime"`
	NameCard       *string         `json:"NameCard"`
	MsgFlag        *string         `json:"MsgFlag"`
	AppDefinedData []chat.KeyValue `json:"AppMemberDefinedData"`
}

func (g *Gateway) modifyMember(ctx context.Context, r *request, q *modifyMemberRequest) (*done, error) {
	if q.TopicID != "" {
		return nil, g.modifyTopicMember(ctx, r, q)
	}
	return nil, g.Groups.UpdateMember(ctx, r.caller, &group.MemberUpdate{
		GroupID: q.GroupID, UserID: q.Account, Role: q.Role, MsgFlag: q.MsgFlag, NameCard: q.NameCard,
		AppDefinedData: q.AppDefinedData, MuteSeconds: q.ShutUpTime,
	})
}

// onlineExpires is for how many seconds a client may remember the number of those
// who are connected.
const onlineExpires = 60

type onlineMembersAnswer struct {
	Status

	OnlineMemberNum int `json:"OnlineMemberNum"`
	ExpireTime      int `json:"ExpireTime"`
}

func (g *Gateway) onlineMembers(ctx context.Context, r *request, q *groupIDRequest) (*onlineMembersAnswer, error) {
	infos, err := g.Groups.GetOwn(ctx, r.caller, []string{q.GroupID})
	if err != nil {
		return nil, err
	}
	if infos[0].Err != nil {
		return nil, infos[0].Err
	}
	key := groupKey{r.caller.App.SDKAppID, q.GroupID}
	n := g.rooms.online(key)
	return &onlineMembersAnswer{OnlineMemberNum: n, ExpireTime: onlineExpires}, nil
}
