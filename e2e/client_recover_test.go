package e2e_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/testkit"
)

// login connects and logs in, and reads the history of all conversations.
func (a *actor) login(ctx context.Context) error {
	if err := a.client.Dial(ctx); err != nil {
		return err
	}
	return a.enter(ctx)
}

// enter logs in on the connection that there is. The client then holds nothing, and
// the application reads what its user has not seen yet.
func (a *actor) enter(ctx context.Context) error {
	a.mu.Lock()
	a.cookie, a.logins = "", a.logins+1
	held := make(map[string]identity)
	for user, p := range a.pairs {
		held[user] = p.last
	}
	bases := make(map[string]int64)
	for id := range a.in {
		bases[id] = a.group(id).complete()
	}
	a.mu.Unlock()
	if err := a.client.Login(ctx); err != nil {
		return err
	}
	list, err := a.conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		switch base, member := bases[c.GroupID]; {
		case c.Type == pairConversation:
			err = a.readPairBack(ctx, c.Peer, held[c.Peer])
		case member:
			err = a.readGroupBack(ctx, c.GroupID, base)
		}
		if err != nil {
			return err
		}
	}
	return a.sync(ctx)
}

// reconnect makes new connections until one stays, and reads what was missed as the
// SDK does.
func (a *actor) reconnect(ctx context.Context) error {
	for {
		err := a.resume(ctx)
		if err == nil {
			break
		}
		if _, refused := errors.AsType[*testkit.AnswerError](err); refused || !kept(ctx, 20*time.Millisecond) {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reconnects++
	return nil
}

// resume goes on with the session on a new connection.
func (a *actor) resume(ctx context.Context) error {
	if err := a.client.Dial(ctx); err != nil {
		return err
	}
	connected, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(a.client.WaitLost(connected)) }()
	if err := a.client.Relogin(connected); err != nil {
		return err
	}
	return a.recover(connected)
}

// keep comes back whenever the connection is lost, until ctx ends.
func (a *actor) keep(ctx context.Context) {
	for {
		_ = a.client.WaitLost(ctx) // for whatever reason
		if ctx.Err() != nil {
			return
		}
		if err := a.reconnect(ctx); err != nil && ctx.Err() == nil {
			a.tb.Errorf("%s cannot come back: %v", a.user, err)
			return
		}
	}
}

// What the SDK does not recover by itself after a reconnect.
const (
	maxGroupGap = 299
	maxPairGap  = 600
	gapPage     = 15
)

// recover reads what was missed.
func (a *actor) recover(ctx context.Context) error {
	list, err := a.conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Type == pairConversation {
			err = a.readPairGap(ctx, &c)
		} else {
			err = a.readGroupGap(ctx, &c)
		}
		if err != nil {
			return err
		}
	}
	return a.sync(ctx)
}

// conversation is an item of the list of conversations.
type conversation struct {
	Type int `json:"Type"`
	// GroupID is that of a group, Peer the other user.
	GroupID      string `json:"ToAccount"`
	Peer         string `json:"To_Account"`
	MsgSeq       int64  `json:"MsgSeq"`
	MsgTimeStamp int64  `json:"MsgTimeStamp"`
}

const pairConversation = 1

// conversations reads the list.
func (a *actor) conversations(ctx context.Context) ([]conversation, error) {
	cursor := struct {
		FromAccount   string `json:"From_Account"`
		OrderType     int    `json:"OrderType"`
		TimeStamp     int64  `json:"TimeStamp"`
		StartIndex    int64  `json:"StartIndex"`
		TopTimeStamp  int64  `json:"TopTimeStamp"`
		TopStartIndex int64  `json:"TopStartIndex"`
	}{FromAccount: a.user, OrderType: 1}
	var all []conversation
	for {
		var page struct {
			SessionItem   []conversation `json:"SessionItem"`
			CompleteFlag  int            `json:"CompleteFlag"`
			TimeStamp     int64          `json:"TimeStamp"`
			StartIndex    int64          `json:"StartIndex"`
			TopTimeStamp  int64          `json:"TopTimeStamp"`
			TopStartIndex int64          `json:"TopStartIndex"`
		}
		if err := a.client.Call(ctx, "recentcontact.page_get", cursor, &page); err != nil {
			return nil, err
		}
		all = append(all, page.SessionItem...)
		if page.CompleteFlag == 1 {
			return all, nil
		}
		cursor.TimeStamp, cursor.StartIndex = page.TimeStamp, page.StartIndex
		cursor.TopTimeStamp, cursor.TopStartIndex = page.TopTimeStamp, page.TopStartIndex
	}
}

// readGroupGap reads upwards from what the client holds to the newest.
func (a *actor) readGroupGap(ctx context.Context, c *conversation) error {
	a.mu.Lock()
	held, member := a.group(c.GroupID).last, a.in[c.GroupID]
	a.mu.Unlock()
	switch missing := c.MsgSeq - held; {
	case held == 0, missing < 1, !member:
		return nil
	case missing > maxGroupGap:
		a.mu.Lock()
		a.beyond++
		a.mu.Unlock()
		return a.readGroupBack(ctx, c.GroupID, held)
	}
	for ; held < c.MsgSeq; held += gapPage {
		if _, _, err := a.readGroup(ctx, c.GroupID, held+gapPage); err != nil {
			return err
		}
	}
	return nil
}

// readGroupBack reads from the newest message back to what the user knows or to his
// coming.
func (a *actor) readGroupBack(ctx context.Context, group string, known int64) error {
	newest := int64(0)
	for seq := int64(0); ; {
		page, entered, err := a.readGroup(ctx, group, seq)
		if err != nil {
			return err
		}
		if newest == 0 && len(page.RspMsgList) > 0 {
			newest = page.RspMsgList[0].MsgSeq
		}
		if seq = page.NextReqMsgSeq; entered || page.IsFinished == historyFinished || seq <= known {
			break
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.group(group).whole = newest
	return nil
}

// readGroup reads a page of the history up to seq, 0 is the newest, and returns also
// whether the user's coming is on it.
func (a *actor) readGroup(ctx context.Context, group string, seq int64) (page history, entered bool, err error) {
	if page, err = readHistory(ctx, a.client, group, seq); err != nil {
		return page, false, err
	}
	for i := range page.RspMsgList {
		item := &page.RspMsgList[i]
		a.hearGroup(item, false)
		if tip := item.Tip(); item.Event == tipEvent && tip.OpType == tipJoined && slices.Contains(tip.ListAccount, a.user) {
			return page, true, nil
		}
	}
	return page, false, nil
}

// Kinds of tips.
const (
	tipJoined  = 1
	tipQuit    = 2
	tipRemoved = 3
)

// history is a page of a group's history, newest first.
type history struct {
	IsFinished    int                 `json:"IsFinished"`
	NextReqMsgSeq int64               `json:"NextReqMsgSeq"`
	RspMsgList    []testkit.GroupItem `json:"RspMsgList"`
}

const historyFinished = 2

func readHistory(ctx context.Context, c *testkit.Client, group string, seq int64) (page history, err error) {
	err = c.Call(ctx, "group_open_http_svc.group_msg_get", struct {
		GroupID         string `json:"GroupId"`
		ReqMsgNumber    int    `json:"ReqMsgNumber"`
		ReqMsgSeq       int64  `json:"ReqMsgSeq,omitempty"`
		WithRecalledMsg int    `json:"WithRecalledMsg"`
	}{group, gapPage, seq, 1}, &page)
	return page, err
}

type roam struct {
	MsgList     []testkit.C2cItem `json:"MsgList"`
	Complete    int               `json:"Complete"`
	LastMsgTime int64             `json:"LastMsgTime"`
	MsgKey      string            `json:"MsgKey"`
}

type roamRequest struct {
	PeerAccount     string `json:"Peer_Account"`
	MaxCnt          int    `json:"MaxCnt"`
	LastMsgTime     int64  `json:"LastMsgTime"`
	MsgKey          string `json:"MsgKey"`
	WithRecalledMsg int    `json:"WithRecalledMsg"`
	GetDirection    int    `json:"GetDirection"`
}

// readPairGap reads upwards from the newest message of a user.
func (a *actor) readPairGap(ctx context.Context, c *conversation) error {
	a.mu.Lock()
	var held int64
	if p := a.pairs[c.Peer]; p != nil {
		held = p.last.time
	}
	a.mu.Unlock()
	if gap := c.MsgTimeStamp - held; held == 0 || gap < 1 || gap > maxPairGap {
		return nil
	}
	request := roamRequest{PeerAccount: c.Peer, MaxCnt: gapPage, LastMsgTime: held, WithRecalledMsg: 1, GetDirection: 1}
	for {
		page, err := a.readPair(ctx, request)
		if err != nil || page.Complete == 1 || len(page.MsgList) == 0 {
			return err
		}
		request.LastMsgTime, request.MsgKey = page.LastMsgTime, page.MsgKey
	}
}

// readPairBack reads from the newest message back to one that is known.
func (a *actor) readPairBack(ctx context.Context, peer string, known identity) error {
	request := roamRequest{PeerAccount: peer, MaxCnt: gapPage, WithRecalledMsg: 1}
	for {
		page, err := a.readPair(ctx, request)
		if err != nil || page.Complete == 1 || len(page.MsgList) == 0 || page.LastMsgTime < known.time {
			return err
		}
		request.LastMsgTime, request.MsgKey = page.LastMsgTime, page.MsgKey
	}
}

func (a *actor) readPair(ctx context.Context, request roamRequest) (page roam, err error) {
	if err = a.client.Call(ctx, "openim.getroammsg", request, &page); err != nil {
		return page, err
	}
	for i := range page.MsgList {
		a.hearPair(&page.MsgList[i], false)
	}
	return page, nil
}

// sync reads the one-to-one messages since the last time.
func (a *actor) sync(ctx context.Context) error {
	const end = 2
	a.mu.Lock()
	cookie := a.cookie
	a.mu.Unlock()
	for {
		var page struct {
			SyncFlag int               `json:"SyncFlag"`
			Cookie   string            `json:"Cookie"`
			MsgList  []testkit.C2cItem `json:"MsgList"`
		}
		if err := a.client.Call(ctx, "openim.getmsg", map[string]any{"Cookie": cookie, "SyncFlag": 0, "IsOnlineSync": 0}, &page); err != nil {
			return err
		}
		for i := range page.MsgList {
			a.hearPair(&page.MsgList[i], false)
		}
		cookie = page.Cookie
		if page.SyncFlag == end {
			break
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cookie = cookie
	return nil
}
