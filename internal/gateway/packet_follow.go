package gateway

import (
	"context"
	"strconv"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

const serviceFollow = "follow"

func (g *Gateway) followPackets() []Packet {
	return []Packet{
		packet(serviceFollow, "follow_add", g.follow),
		packet(serviceFollow, "follow_delete", g.unfollow),
		packet(serviceFollow, "follow_get", g.getFollows),
		packet(serviceFollow, "follow_get_info", g.getFollowInfo),
		packet(serviceFollow, "follow_check", g.checkFollows),
	}
}

type followRequest struct {
	FollowItem []struct {
		ToAccount string `json:"To_Account"`
	} `json:"FollowItem"`
}

func (g *Gateway) follow(ctx context.Context, r *request, q *followRequest) (*results, error) {
	ids := make([]string, 0, len(q.FollowItem))
	for _, f := range q.FollowItem {
		ids = append(ids, f.ToAccount)
	}
	outcome, err := g.Friends.Follow(ctx, r.caller, r.caller.UserID, ids)
	if err != nil {
		return nil, err
	}
	return resultsOf(ids, outcome), nil
}

func (g *Gateway) unfollow(ctx context.Context, r *request, q *accounts) (*results, error) {
	outcome, err := g.Friends.Unfollow(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}

type getFollowsRequest struct {
	FollowType  chat.FollowKind `json:"FollowType"`
	StartCursor string          `json:"StartCursor"`
	WantNum     int             `json:"WantNum"`
}

type getFollowsAnswer struct {
	Status

	FollowItem []followItem `json:"FollowItem"`
	NextCursor string       `json:"NextCursor"`
}

type followItem struct {
	ToAccount   string     `json:"To_Account"`
	FollowTime  int64      `json:"FollowTime"`
	ProfileItem []tagValue `json:"ProfileItem"`
}

func (g *Gateway) getFollows(ctx context.Context, r *request, q *getFollowsRequest) (*getFollowsAnswer, error) {
	var before int64
	if q.StartCursor != "" {
		var err error
		if before, err = strconv.ParseInt(q.StartCursor, 10, 64); err != nil || before <= 0 {
			return nil, chat.ErrRelationParameter.Because("StartCursor is not what the page before ended with")
		}
	}
	page, next, err := g.Friends.ListFollows(ctx, r.caller, r.caller.UserID, q.FollowType, before, q.WantNum)
	if err != nil {
		return nil, err
	}
	a := &getFollowsAnswer{FollowItem: make([]followItem, 0, len(page))}
	for _, f := range page {
		item := followItem{ToAccount: f.UserID, FollowTime: f.Time.Unix(), ProfileItem: []tagValue{}}
		if f.Profile != nil {
			item.ProfileItem = profileFields(f.Profile)
		}
		a.FollowItem = append(a.FollowItem, item)
	}
	if next > 0 {
		a.NextCursor = strconv.FormatInt(next, 10)
	}
	return a, nil
}

type getFollowInfoAnswer struct {
	Status

	FollowInfo []followInfo `json:"FollowInfo"`
}

type followInfo struct {
	result

	FollowingCount       int `json:"FollowingCount"`
	FollowerCount        int `json:"FollowerCount"`
	MutualFollowingCount int `json:"MutualFollowingCount"`
}

func (g *Gateway) getFollowInfo(ctx context.Context, r *request, q *accounts) (*getFollowInfoAnswer, error) {
	counts, outcome, err := g.Friends.CountFollows(ctx, r.caller, q.ToAccount)
	if err != nil {
		return nil, err
	}
	a := &getFollowInfoAnswer{FollowInfo: make([]followInfo, 0, len(q.ToAccount))}
	for _, item := range resultsOf(q.ToAccount, outcome).ResultItem {
		c := counts[item.ToAccount]
		a.FollowInfo = append(a.FollowInfo, followInfo{item, c.Following, c.Followers, c.Mutual})
	}
	return a, nil
}

type checkFollowsAnswer struct {
	Status

	ResultItem []followCheck `json:"ResultItem"`
}

type followCheck struct {
	result

	FollowType chat.FollowKind `json:"FollowType"`
}

func (g *Gateway) checkFollows(ctx context.Context, r *request, q *accounts) (*checkFollowsAnswer, error) {
	ties, outcome, err := g.Friends.CheckFollows(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	a := &checkFollowsAnswer{ResultItem: make([]followCheck, 0, len(q.ToAccount))}
	for _, item := range resultsOf(q.ToAccount, outcome).ResultItem {
		a.ResultItem = append(a.ResultItem, followCheck{item, followKind(ties[item.ToAccount])})
	}
	return a, nil
}

// followKind is how the protocol calls a tie between follower and followed; 0 is none.
func followKind(tie chat.Tie) chat.FollowKind {
	switch {
	case tie.Mine && tie.Theirs:
		return chat.Mutual
	case tie.Mine:
		return chat.Following
	case tie.Theirs:
		return chat.Followers
	}
	return 0
}

var followPushes = []pushRow{push(usersFollowed), push(usersUnfollowed)}

type followPush struct {
	Event            eventNumber    `json:"Event"`
	FollowChangeList []followChange `json:"FollowChangeList"`
}

// followChange says that one user came onto lists of the receiver or left them.
type followChange struct {
	FromAccount    string       `json:"From_Account"`
	ProfileImNick  string       `json:"ProfileImNick"`
	ProfileImImage string       `json:"ProfileImImage"`
	FollowDiffList []followDiff `json:"FollowDiffList"`
}

type followDiff struct {
	IsAdd      int             `json:"IsAdd"`
	FollowType chat.FollowKind `json:"FollowType"`
}

func usersFollowed(h *hub, e event.UsersFollowed) { h.tellFollows(e.Relation, e.Follows, 1) }

func usersUnfollowed(h *hub, e event.UsersUnfollowed) { h.tellFollows(e.Relation, e.Follows, 0) }

// tellFollows tells both sides which of their lists changed.
func (h *hub) tellFollows(r event.Relation, follows []event.Follow, isAdd int) {
	app := r.Caller.App.SDKAppID
	for _, f := range follows {
		for _, side := range []struct {
			user, other string
			kind        chat.FollowKind
		}{{r.UserID, f.UserID, chat.Following}, {f.UserID, r.UserID, chat.Followers}} {
			h.toUser(app, side.user, 0, func() any {
				diff := []followDiff{{isAdd, side.kind}}
				if f.Mutual {
					diff = append(diff, followDiff{isAdd, chat.Mutual})
				}
				other := h.names.person(app, side.other)
				return followPush{eventFollow, []followChange{{side.other, other.Nick, other.FaceURL, diff}}}
			})
		}
	}
}
