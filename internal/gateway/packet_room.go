package gateway

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

// Services that only AVChatRooms have.
const (
	serviceRoom            = "group_open_avchatroom_http_svc"
	serviceVisit           = "group_open_http_noauth_svc"
	servicePoll            = "group_open_long_polling_http_svc"
	servicePollWithoutAuth = "group_open_long_polling_http_noauth_svc"
)

func (g *Gateway) roomPackets() []Packet {
	return []Packet{
		packet(serviceGroup, "ban_group_member", g.banMembers),
		packet(serviceGroup, "unban_group_member", g.unbanMembers),
		packet(serviceRoom, "get_members", g.roomMembers),
		packet(serviceRoom, "modify_user_info", g.markMembers),
		before(packet(serviceVisit, "apply_join_group", g.visitRoom)),
		before(packet(servicePollWithoutAuth, "get_msg", g.pollRoom)),
		packet(servicePoll, "get_msg", g.pollRoom),
	}
}

type banMembersRequest struct {
	GroupID     string   `json:"GroupId"`
	Members     []string `json:"Members_Account"`
	Duration    *uint32  `json:"Duration"`
	Description string   `json:"Description"`
}

func (g *Gateway) banMembers(ctx context.Context, r *request, q *banMembersRequest) (*done, error) {
	return nil, g.Groups.Ban(ctx, r.caller, group.BanRequest{
		GroupID: q.GroupID, UserIDs: q.Members, Seconds: q.Duration, Description: q.Description,
	})
}

type unbanMembersRequest struct {
	GroupID string   `json:"GroupId"`
	Members []string `json:"Members_Account"`
}

func (g *Gateway) unbanMembers(ctx context.Context, r *request, q *unbanMembersRequest) (*done, error) {
	return nil, g.Groups.Unban(ctx, r.caller, q.GroupID, q.Members)
}

type roomMembersRequest struct {
	GroupID string `json:"GroupId"`
	// Timestamp is 0 or the NextTimestamp of the page before.
	Timestamp int64 `json:"Timestamp"`
	Mark      int   `json:"Mark"`
}

type roomMembersAnswer struct {
	Status

	MemberList    []roomMember `json:"MemberList"`
	NextTimestamp int64        `json:"NextTimestamp"`
}

type roomMember struct {
	Account  string `json:"Member_Account"`
	NickName string `json:"NickName"`
	Avatar   string `json:"Avatar"`
	JoinTime int64  `json:"JoinTime"`
}

// roomMembers lists who is in a room and connected.
func (g *Gateway) roomMembers(ctx context.Context, r *request, q *roomMembersRequest) (*roomMembersAnswer, error) {
	page, next, err := g.Groups.Audience(ctx, r.caller, group.AudienceRequest{GroupID: q.GroupID, Before: q.Timestamp, Mark: q.Mark})
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(page))
	for i := range page {
		ids = append(ids, page[i].UserID)
	}
	online, err := g.online(ctx, r.caller.App.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	a := &roomMembersAnswer{MemberList: make([]roomMember, 0, len(page)), NextTimestamp: next}
	for i := range page {
		v := &page[i]
		if !online[v.UserID] {
			continue
		}
		a.MemberList = append(a.MemberList, roomMember{
			Account: v.UserID, NickName: v.Person.Nick, Avatar: v.Person.FaceURL, JoinTime: v.JoinTime.Unix(),
		})
	}
	return a, nil
}

// Commands of modify_user_info.
const (
	commandMark   = 1
	commandUnmark = 2
)

type markMembersRequest struct {
	GroupID     string       `json:"GroupId"`
	CommandType int          `json:"CommandType"`
	MemberList  []markedUser `json:"MemberList"`
}

type markedUser struct {
	Account string `json:"Member_Account"`
	Marks   []int  `json:"Marks"`
}

type markMembersAnswer struct {
	Status

	CommandType int            `json:"CommandType"`
	MemberList  []markedMember `json:"MemberList"`
}

type markedMember struct {
	markedUser

	ResultCode int `json:"ResultCode"`
}

func (g *Gateway) markMembers(ctx context.Context, r *request, q *markMembersRequest) (*markMembersAnswer, error) {
	if q.CommandType != commandMark && q.CommandType != commandUnmark {
		return nil, chat.ErrParameter.Because("CommandType is 1 or 2")
	}
	mark := group.MarkRequest{GroupID: q.GroupID, Delete: q.CommandType == commandUnmark, Marks: make(map[string][]int, len(q.MemberList))}
	for _, m := range q.MemberList {
		mark.Marks[m.Account] = m.Marks
	}
	marked, err := g.Groups.Mark(ctx, r.caller, mark)
	if err != nil {
		return nil, err
	}
	a := &markMembersAnswer{CommandType: q.CommandType, MemberList: make([]markedMember, 0, len(marked))}
	for _, id := range marked {
		a.MemberList = append(a.MemberList, markedMember{markedUser: markedUser{Account: id, Marks: mark.Marks[id]}})
	}
	return a, nil
}

type visitRoomAnswer struct {
	Status

	JoinedStatus   string `json:"JoinedStatus,omitempty"`
	HugeGroupFlag  int    `json:"HugeGroupFlag"`
	LongPollingKey string `json:"LongPollingKey,omitempty"`
	StartSeq       int64  `json:"StartSeq"`
}

// visitRoom lets somebody who is not logged in follow a room by asking again and
// again. He is no member.
func (g *Gateway) visitRoom(ctx context.Context, r *request, q *groupIDRequest) (*visitRoomAnswer, error) {
	app := r.caller.App
	if err := g.Groups.Watch(ctx, app, q.GroupID); err != nil {
		return nil, err
	}
	key := newVisitorKey(app, q.GroupID)
	start, err := g.hub.polls.enter(groupKey{app.SDKAppID, q.GroupID}, key, r.conn)
	if err != nil {
		return nil, err
	}
	g.hub.peers.settle(ctx)
	r.conn.visited()
	return &visitRoomAnswer{JoinedStatus: "JoinedSuccess", HugeGroupFlag: 1, LongPollingKey: key, StartSeq: start}, nil
}

type pollRequest struct {
	Key      string `json:"Key"`
	StartSeq int64  `json:"StartSeq"`
}

type pollAnswer struct {
	Status

	Key              string            `json:"Key,omitempty"`
	NextSeq          int64             `json:"NextSeq"`
	NextBroadcastSeq int64             `json:"NextBroadcastSeq"`
	RspMsgList       []json.RawMessage `json:"RspMsgList"`
}

// pollRoom answers what was said since the last time, at once or as soon as there is
// something. A visitor who was forgotten is known again by his key.
func (g *Gateway) pollRoom(ctx context.Context, r *request, q *pollRequest) (*pollAnswer, error) {
	app := r.caller.App
	groupID := roomOfKey(app, q.Key)
	if groupID == "" {
		return nil, chat.ErrParameter.Because("Key is none that was given")
	}
	r.conn.visited()
	if g.hub.polls.poll(q.Key, r.conn, r.head, q.StartSeq) {
		return nil, errAnswered
	}
	if err := g.Groups.Watch(ctx, app, groupID); err != nil {
		return nil, err
	}
	if _, err := g.hub.polls.enter(groupKey{app.SDKAppID, groupID}, q.Key, r.conn); err != nil {
		return nil, err
	}
	if !g.hub.polls.poll(q.Key, r.conn, r.head, q.StartSeq) {
		return nil, chat.ErrClientOverloaded // he was forgotten again at once
	}
	return nil, errAnswered
}

// visited keeps a connection open on which somebody follows a room without login.
func (c *conn) visited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}
