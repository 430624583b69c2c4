package gateway

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/official"
)

func (g *Gateway) pairPackets() []Packet {
	const database = "im_msg_db_logic"
	return []Packet{
		tolerant(serviceC2C, "sendmsg", g.sendMsg),
		packet(serviceC2C, "getroammsg", g.getRoamMsg),
		packet(serviceC2C, "getmsg", g.getMsg),
		packet(serviceC2C, "msgwithdraw", g.msgWithdraw),
		packet(serviceC2C, "msgreaded", g.msgReaded),
		packet(serviceC2C, "get_peer_read_time", g.getPeerReadTime),
		packet(serviceC2C, "delete_c2c_msg_ramble", g.deleteC2CMsg),
		packet(serviceC2C, "modify_c2c_msg", g.modifyC2CMsg),
		packet(serviceC2C, "c2c_msg_read_receipt", g.c2cMsgReadReceipt),
		packet(serviceC2C, "get_c2c_peer_mute_notifications", g.getMuteNotifications),
		packet(serviceC2C, "set_c2c_peer_mute_notifications", g.setMuteNotifications),
		packet(serviceC2C, "read_all_unread_msg", g.readAllUnreadMsg),
		packet(serviceC2C, "deletemsg", g.deleteMsg),
		packet(database, "ws_set_do_not_disturb", g.setDoNotDisturb),
		packet(database, "ws_get_do_not_disturb", g.getDoNotDisturb),
	}
}

type sendMsgRequest struct {
	ToAccount       string          `json:"To_Account"`
	MsgSeq          *uint32         `json:"MsgSeq"`
	MsgRandom       *uint32         `json:"MsgRandom"`
	MsgClientTime   int64           `json:"MsgClientTime"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData"`
	// MsgLifeTime is 0 for what is delivered to clients that are connected and not
	// stored.
	MsgLifeTime             *int64   `json:"MsgLifeTime"`
	SendMsgControl          []string `json:"SendMsgControl"`
	IsNeedReadReceipt       int      `json:"IsNeedReadReceipt"`
	SupportMessageExtension int      `json:"SupportMessageExtension"`
	ForbidCallbackControl   []string `json:"ForbidCallbackControl"`
}

type sendMsgAnswer struct {
	Status

	MsgTime int64  `json:"MsgTime"`
	MsgKey  string `json:"MsgKey"`
}

// sendMsg sends a message to a user. What the owner of an official account sends to
// it is a broadcast.
func (g *Gateway) sendMsg(ctx context.Context, r *request, q *sendMsgRequest, fault *chat.Error) (*sendMsgAnswer, error) {
	if fault == nil && strings.HasPrefix(q.ToAccount, chat.OfficialPrefix) {
		if owns, err := g.Official.Owns(ctx, r.caller, q.ToAccount); err != nil {
			return nil, err
		} else if owns {
			return g.broadcast(ctx, r, q)
		}
	}
	sent, err := g.Pairs.Send(ctx, r.caller, &c2c.SendRequest{
		To: q.ToAccount, MsgSeq: q.MsgSeq, Random: q.MsgRandom, ClientTime: q.MsgClientTime, MsgBody: q.MsgBody,
		CloudCustomData: q.CloudCustomData, OnlineOnly: q.onlineOnly(),
		NoUnread: slices.Contains(q.SendMsgControl, "NoUnread"), NoLastMsg: slices.Contains(q.SendMsgControl, "NoLastMsg"),
		NeedReadReceipt: q.IsNeedReadReceipt == 1, SupportExtension: q.SupportMessageExtension == 1,
		SkipBefore: slices.Contains(q.ForbidCallbackControl, "ForbidBeforeSendMsgCallback"),
		SkipAfter:  slices.Contains(q.ForbidCallbackControl, "ForbidAfterSendMsgCallback"), Fault: fault,
	})
	if err != nil {
		return nil, err
	}
	return &sendMsgAnswer{MsgTime: sent.Time.Unix(), MsgKey: sent.Key.String()}, nil
}

func (q *sendMsgRequest) onlineOnly() bool { return q.MsgLifeTime != nil && *q.MsgLifeTime == 0 }

func (g *Gateway) broadcast(ctx context.Context, r *request, q *sendMsgRequest) (*sendMsgAnswer, error) {
	send := &official.SendRequest{
		ID: q.ToAccount, Random: q.MsgRandom, MsgBody: q.MsgBody, CloudCustomData: q.CloudCustomData, OnlineOnly: q.onlineOnly(),
		NoLastMsg:  slices.Contains(q.SendMsgControl, "NoLastMsg") && !q.onlineOnly(),
		ClientTime: max(q.MsgClientTime, 0),
		SkipBefore: slices.Contains(q.ForbidCallbackControl, "ForbidBeforeSendMsgCallback"),
		SkipAfter:  slices.Contains(q.ForbidCallbackControl, "ForbidAfterSendMsgCallback"),
	}
	if q.MsgSeq != nil {
		send.ClientSeq = int64(*q.MsgSeq)
	}
	sent, err := g.Official.Send(ctx, r.caller, send)
	if err != nil {
		return nil, err
	}
	key := chat.PairKey{MsgSeq: send.ClientSeq, Random: *q.MsgRandom, Time: sent.Time.Unix()}
	return &sendMsgAnswer{MsgTime: sent.Time.Unix(), MsgKey: key.String()}, nil
}

type getRoamMsgRequest struct {
	PeerAccount     string `json:"Peer_Account"`
	MaxCnt          int    `json:"MaxCnt"`
	LastMsgTime     int64  `json:"LastMsgTime"`
	MsgKey          string `json:"MsgKey"`
	WithRecalledMsg int    `json:"WithRecalledMsg"`
	// GetDirection is 0 for what came before, 1 for what came after.
	GetDirection int `json:"GetDirection"`
}

type getRoamMsgAnswer struct {
	Status

	MsgList []pairMessage `json:"MsgList"`
	MsgCnt  int           `json:"MsgCnt"`
	// Complete is 1 if there is nothing further in the direction asked for.
	Complete int `json:"Complete"`
	// LastMsgTime and MsgKey are those of the far end of the page.
	LastMsgTime int64  `json:"LastMsgTime"`
	MsgKey      string `json:"MsgKey"`
}

func (g *Gateway) getRoamMsg(ctx context.Context, r *request, q *getRoamMsgRequest) (*getRoamMsgAnswer, error) {
	page, err := g.Pairs.History(ctx, r.caller, c2c.HistoryRequest{
		Peer: q.PeerAccount, Limit: q.MaxCnt, Key: q.MsgKey, Time: q.LastMsgTime, Newer: q.GetDirection == 1,
		Recalled: q.WithRecalledMsg == 1,
	})
	if err != nil {
		return nil, err
	}
	items := saidItems(r.caller.App.SDKAppID, r.caller.UserID, page.Messages, page.Persons)
	a := &getRoamMsgAnswer{
		MsgList: items, MsgCnt: len(items), Complete: bit(page.Complete), LastMsgTime: q.LastMsgTime, MsgKey: q.MsgKey,
	}
	if len(items) > 0 {
		end := &items[0]
		if q.GetDirection == 1 {
			end = &items[len(items)-1]
		}
		a.LastMsgTime, a.MsgKey = end.MsgTimeStamp, end.MsgKey
	}
	return a, nil
}

// syncComplete is the SyncFlag of an answer behind which there is nothing more.
const syncComplete = 2

type getMsgRequest struct {
	Cookie string `json:"Cookie"`
}

type getMsgAnswer struct {
	Status

	SyncFlag            int           `json:"SyncFlag"`
	Cookie              string        `json:"Cookie"`
	MsgList             []pairMessage `json:"MsgList"`
	EventArray          []tipEntry    `json:"EventArray"`
	C2CPairUnreadCount  []pairUnread  `json:"C2CPairUnreadCount"`
	C2CRemainingUnreads []pairUnread  `json:"C2CRemainingUnreadCount"`
}

type pairUnread struct {
	FromAccount string `json:"From_Account"`
	UnreadCount int    `json:"UnreadCount"`
}

func (g *Gateway) getMsg(ctx context.Context, r *request, q *getMsgRequest) (*getMsgAnswer, error) {
	app := r.caller.App.SDKAppID
	sync, err := g.Pairs.Sync(ctx, r.caller, q.Cookie)
	if err != nil {
		return nil, err
	}
	a := &getMsgAnswer{
		SyncFlag: syncComplete, Cookie: sync.Cookie, MsgList: saidItems(app, r.caller.UserID, sync.Messages, sync.Persons),
		EventArray: make([]tipEntry, 0, len(sync.Notices)), C2CPairUnreadCount: unreadCounts(sync), C2CRemainingUnreads: []pairUnread{},
	}
	for i := range sync.Notices {
		a.EventArray = append(a.EventArray, noticeEntry(app, &sync.Notices[i]))
	}
	return a, nil
}

// unreadCounts adds up what came from one peer: what an official account said to the
// user alone and what it said to all.
func unreadCounts(sync c2c.Sync) []pairUnread {
	at := make(map[string]int, len(sync.Unread))
	counts := make([]pairUnread, 0, len(sync.Unread))
	for _, u := range sync.Unread {
		i, known := at[u.Name]
		if !known {
			i = len(counts)
			at[u.Name], counts = i, append(counts, pairUnread{FromAccount: u.Name})
		}
		counts[i].UnreadCount += u.Count
	}
	return counts
}

type msgWithdrawRequest struct {
	MsgInfo struct {
		FromAccount  string `json:"From_Account"`
		ToAccount    string `json:"To_Account"`
		MsgSeq       int64  `json:"MsgSeq"`
		MsgRandom    uint32 `json:"MsgRandom"`
		MsgTimeStamp int64  `json:"MsgTimeStamp"`
	} `json:"MsgInfo"`
}

func (g *Gateway) msgWithdraw(ctx context.Context, r *request, q *msgWithdrawRequest) (*done, error) {
	m := &q.MsgInfo
	key := chat.PairKey{MsgSeq: m.MsgSeq, Random: m.MsgRandom, Time: m.MsgTimeStamp}
	if strings.HasPrefix(m.ToAccount, chat.OfficialPrefix) {
		if owns, err := g.Official.Owns(ctx, r.caller, m.ToAccount); err != nil {
			return nil, err
		} else if owns {
			return nil, g.Official.RecallOwn(ctx, r.caller, m.ToAccount, key)
		}
	}
	return nil, g.Pairs.Recall(ctx, r.caller, m.FromAccount, m.ToAccount, key)
}

type msgReadedRequest struct {
	C2CMsgReaded struct {
		Items []struct {
			ToAccount     string `json:"To_Account"`
			LastedMsgTime int64  `json:"LastedMsgTime"`
		} `json:"C2CMsgReadedItem"`
	} `json:"C2CMsgReaded"`
}

func (g *Gateway) msgReaded(ctx context.Context, r *request, q *msgReadedRequest) (*done, error) {
	reads := make([]c2c.ReadRequest, 0, len(q.C2CMsgReaded.Items))
	for _, i := range q.C2CMsgReaded.Items {
		reads = append(reads, c2c.ReadRequest{Peer: i.ToAccount, Until: i.LastedMsgTime})
	}
	return nil, g.Pairs.Read(ctx, r.caller, reads)
}

type getPeerReadTimeRequest struct {
	ToAccount []string `json:"To_Account"`
}

type getPeerReadTimeAnswer struct {
	Status

	// ReadTime is in the order of the request.
	ReadTime []int64 `json:"ReadTime"`
}

func (g *Gateway) getPeerReadTime(ctx context.Context, r *request, q *getPeerReadTimeRequest) (*getPeerReadTimeAnswer, error) {
	times, err := g.Pairs.PeerReadTimes(ctx, r.caller, q.ToAccount)
	return &getPeerReadTimeAnswer{ReadTime: times}, err
}

type deleteC2CMsgRequest struct {
	ToAccount  string   `json:"To_Account"`
	MsgKeyList []string `json:"MsgKeyList"`
}

func (g *Gateway) deleteC2CMsg(ctx context.Context, r *request, q *deleteC2CMsgRequest) (*done, error) {
	return nil, g.Pairs.Hide(ctx, r.caller, q.ToAccount, q.MsgKeyList)
}

type modifyC2CMsgRequest struct {
	FromAccount     string          `json:"From_Account"`
	ToAccount       string          `json:"To_Account"`
	MsgSeq          int64           `json:"MsgSeq"`
	MsgRandom       uint32          `json:"MsgRandom"`
	MsgTime         int64           `json:"MsgTime"`
	MsgVersion      int64           `json:"MsgVersion"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData *string         `json:"CloudCustomData"`
}

func (g *Gateway) modifyC2CMsg(ctx context.Context, r *request, q *modifyC2CMsgRequest) (*modifyMsgAnswer, error) {
	m, err := g.Pairs.Modify(ctx, r.caller, c2c.ModifyRequest{
		From: q.FromAccount, To: q.ToAccount, Key: chat.PairKey{MsgSeq: q.MsgSeq, Random: q.MsgRandom, Time: q.MsgTime},
		Version: q.MsgVersion, MsgBody: q.MsgBody, CloudCustomData: q.CloudCustomData,
	})
	if m == nil {
		return nil, err
	}
	return &modifyMsgAnswer{MsgVersion: m.Version, MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData}, err
}

type c2cMsgReadReceiptRequest struct {
	PeerAccount string `json:"Peer_Account"`
	C2CMsgInfo  []struct {
		MsgSeq    int64  `json:"MsgSeq"`
		MsgRandom uint32 `json:"MsgRandom"`
		MsgTime   int64  `json:"MsgTime"`
	} `json:"C2CMsgInfo"`
}

func (g *Gateway) c2cMsgReadReceipt(ctx context.Context, r *request, q *c2cMsgReadReceiptRequest) (*done, error) {
	keys := make([]chat.PairKey, 0, len(q.C2CMsgInfo))
	for _, m := range q.C2CMsgInfo {
		keys = append(keys, chat.PairKey{MsgSeq: m.MsgSeq, Random: m.MsgRandom, Time: m.MsgTime})
	}
	return nil, g.Pairs.Acknowledge(ctx, r.caller, q.PeerAccount, keys)
}

type getMuteNotificationsRequest struct {
	PeerAccount []string `json:"Peer_Account"`
}

type getMuteNotificationsAnswer struct {
	Status

	MuteNotificationsList []muteNotifications `json:"MuteNotificationsList"`
}

type muteNotifications struct {
	PeerAccount       string          `json:"Peer_Account"`
	MuteNotifications chat.RecvOption `json:"MuteNotifications"`
}

func (g *Gateway) getMuteNotifications(ctx context.Context, r *request, q *getMuteNotificationsRequest) (*getMuteNotificationsAnswer, error) {
	options, err := g.Pairs.RecvOptions(ctx, r.caller, q.PeerAccount)
	if err != nil {
		return nil, err
	}
	a := &getMuteNotificationsAnswer{MuteNotificationsList: make([]muteNotifications, 0, len(options))}
	for i, o := range options {
		a.MuteNotificationsList = append(a.MuteNotificationsList, muteNotifications{PeerAccount: q.PeerAccount[i], MuteNotifications: o})
	}
	return a, nil
}

type setMuteNotificationsRequest struct {
	PeerAccount       []string        `json:"Peer_Account"`
	MuteNotifications chat.RecvOption `json:"Mute_Notifications"`
}

type setMuteNotificationsAnswer struct {
	Status

	ResultItem []peerResult `json:"ResultItem"`
}

type peerResult struct {
	PeerAccount string `json:"Peer_Account"`
	ErrCode     int    `json:"ErrCode"`
}

func (g *Gateway) setMuteNotifications(ctx context.Context, r *request, q *setMuteNotificationsRequest) (*setMuteNotificationsAnswer, error) {
	if err := g.Pairs.SetRecvOption(ctx, r.caller, q.PeerAccount, q.MuteNotifications); err != nil {
		return nil, err
	}
	a := &setMuteNotificationsAnswer{ResultItem: make([]peerResult, 0, len(q.PeerAccount))}
	for _, peer := range q.PeerAccount {
		a.ResultItem = append(a.ResultItem, peerResult{PeerAccount: peer})
	}
	return a, nil
}

type groupRead struct {
	GroupID string `json:"GroupId"`
	MsgSeq  int64  `json:"MsgSeq"`
	RetCode int    `json:"RetCode"`
}

type readAllRequest struct {
	C2CReadAllMsg int         `json:"C2CReadAllMsg"`
	GroupReadInfo []groupRead `json:"GroupReadInfo"`
}

type readAllAnswer struct {
	Status

	C2CReadAllMsg      int         `json:"C2CReadAllMsg"`
	GroupReadInfoArray []groupRead `json:"GroupReadInfoArray"`
}

func (g *Gateway) readAllUnreadMsg(ctx context.Context, r *request, q *readAllRequest) (*readAllAnswer, error) {
	if q.C2CReadAllMsg == 1 {
		if err := g.Pairs.ReadAll(ctx, r.caller); err != nil {
			return nil, err
		}
	}
	positions := make(map[string]int64, len(q.GroupReadInfo))
	for _, read := range q.GroupReadInfo {
		positions[read.GroupID] = read.MsgSeq
	}
	if len(positions) > 0 {
		if err := g.Groups.ReadAll(ctx, r.caller, positions); err != nil {
			return nil, err
		}
	}
	a := &readAllAnswer{C2CReadAllMsg: q.C2CReadAllMsg, GroupReadInfoArray: make([]groupRead, 0, len(q.GroupReadInfo))}
	for _, read := range q.GroupReadInfo {
		a.GroupReadInfoArray = append(a.GroupReadInfoArray, groupRead{GroupID: read.GroupID, MsgSeq: read.MsgSeq})
	}
	return a, nil
}

type deleteMsgRequest struct {
	DelMsgList []msgSeq `json:"DelMsgList"`
}

// deleteMsg forgets notices, which the client names by the MsgSeq that it got.
func (g *Gateway) deleteMsg(ctx context.Context, r *request, q *deleteMsgRequest) (*done, error) {
	return nil, g.Pairs.ForgetNotices(ctx, r.caller, seqsOf(q.DelMsgList))
}

type doNotDisturb struct {
	StartTime  int64 `json:"StartTime"`
	EndTime    int64 `json:"EndTime"`
	IsRepeated int   `json:"IsRepeated"`
	Level      int   `json:"Level"`
}

func newDoNotDisturb(d chat.DoNotDisturb) doNotDisturb {
	return doNotDisturb{StartTime: d.Start, EndTime: d.End, IsRepeated: d.Repeated, Level: d.Level}
}

type doNotDisturbAnswer struct {
	Status
	doNotDisturb
}

func (g *Gateway) setDoNotDisturb(ctx context.Context, r *request, q *doNotDisturb) (*done, error) {
	return nil, g.Pairs.SetDoNotDisturb(ctx, r.caller, chat.DoNotDisturb{Start: q.StartTime, End: q.EndTime, Repeated: q.IsRepeated, Level: q.Level})
}

func (g *Gateway) getDoNotDisturb(ctx context.Context, r *request, _ *empty) (*doNotDisturbAnswer, error) {
	d, err := g.Pairs.DoNotDisturb(ctx, r.caller)
	return &doNotDisturbAnswer{doNotDisturb: newDoNotDisturb(d)}, err
}
