package gateway

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/store"
)

func (g *Gateway) relationPackets() []Packet {
	return []Packet{
		packet(serviceSNS, "friend_get", g.getFriends),
		packet(serviceSNS, "friend_get_specified", g.getSomeFriends),
		packet(serviceSNS, "friend_add", g.addFriends),
		packet(serviceSNS, "friend_response", g.answerFriends),
		packet(serviceSNS, "friend_delete", g.deleteFriends),
		packet(serviceSNS, "friend_update", g.updateFriends),
		packet(serviceSNS, "friend_check", g.checkFriends),
		packet(serviceSNS, "pendency_get", g.getPendencies),
		packet(serviceSNS, "pendency_delete", g.deletePendencies),
		packet(serviceSNS, "pendency_report", g.readPendencies),
		packet(serviceSNS, "group_get", g.getFriendGroups),
		packet(serviceSNS, "group_add", g.addFriendGroups),
		packet(serviceSNS, "group_delete", g.deleteFriendGroups),
		packet(serviceSNS, "group_update", g.updateFriendGroup),
		packet(serviceSNS, "black_list_get", g.getBlackList),
		packet(serviceSNS, "black_list_add", g.addToBlackList),
		packet(serviceSNS, "black_list_delete", g.deleteFromBlackList),
	}
}

type getFriendsRequest struct {
	StartIndex int64 `json:"StartIndex"`
}

type getFriendsAnswer struct {
	Status

	UserDataItem     []userData `json:"UserDataItem"`
	FriendNum        int        `json:"FriendNum"`
	CompleteFlag     int        `json:"CompleteFlag"`
	NextStartIndex   int64      `json:"NextStartIndex"`
	StandardSequence int        `json:"StandardSequence"`
	CustomSequence   int        `json:"CustomSequence"`
}

type userData struct {
	ToAccount string     `json:"To_Account"`
	ValueItem []tagValue `json:"ValueItem"`
}

// getFriends pages through the list. The sequences stay 0, so that a client never
// takes its own copy for the newest.
func (g *Gateway) getFriends(ctx context.Context, r *request, q *getFriendsRequest) (*getFriendsAnswer, error) {
	page, total, next, err := g.Friends.ListFriends(ctx, r.caller, r.caller.UserID, q.StartIndex)
	if err != nil {
		return nil, err
	}
	a := &getFriendsAnswer{UserDataItem: make([]userData, 0, len(page)), FriendNum: total, CompleteFlag: bit(next == 0), NextStartIndex: next}
	for i := range page {
		a.UserDataItem = append(a.UserDataItem, userData{page[i].UserID, friendFields(&page[i])})
	}
	return a, nil
}

// friendFields are an entry of a list of friends with the friend's profile.
func friendFields(f *sns.FriendInfo) []tagValue {
	var fields []tagValue
	if f.Profile != nil {
		fields = profileFields(f.Profile)
	}
	groups := f.Groups
	if groups == nil {
		groups = []string{}
	}
	fields = append(fields,
		tagValue{chat.TagRemark, f.Remark}, tagValue{chat.TagAddSource, f.AddSource}, tagValue{chat.TagAddWording, f.AddWording},
		tagValue{chat.TagAddTime, f.AddTime.Unix()}, tagValue{chat.TagFriendGroups, groups})
	return append(fields, tagValues(f.Custom)...)
}

type getSomeFriendsAnswer struct {
	Status

	InfoItem    []friendInfo `json:"InfoItem"`
	FailAccount []string     `json:"Fail_Account,omitempty"`
}

type friendInfo struct {
	result

	SnsProfileItem []tagValue `json:"SnsProfileItem,omitempty"`
}

func (g *Gateway) getSomeFriends(ctx context.Context, r *request, q *accounts) (*getSomeFriendsAnswer, error) {
	found, err := g.Friends.GetFriends(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	outcome := make(sns.Outcome)
	for _, id := range q.ToAccount {
		if _, ok := found[id]; !ok {
			outcome[id] = chat.ErrRelationParameter.Because("this account is no friend")
		}
	}
	results := resultsOf(q.ToAccount, outcome)
	a := &getSomeFriendsAnswer{InfoItem: make([]friendInfo, 0, len(results.ResultItem)), FailAccount: results.FailAccount}
	for _, item := range results.ResultItem {
		info := friendInfo{result: item}
		if f, ok := found[item.ToAccount]; ok {
			info.SnsProfileItem = friendFields(&f)
		}
		a.InfoItem = append(a.InfoItem, info)
	}
	return a, nil
}

type addFriendsRequest struct {
	AddFriendItem []struct {
		ToAccount  string `json:"To_Account"`
		Remark     string `json:"Remark"`
		GroupName  string `json:"GroupName"`
		AddSource  string `json:"AddSource"`
		AddWording string `json:"AddWording"`
	} `json:"AddFriendItem"`
	AddType string `json:"AddType"`
}

func (g *Gateway) addFriends(ctx context.Context, r *request, q *addFriendsRequest) (*results, error) {
	both, err := bothWays(q.AddType, "Add_Type_Both", "Add_Type_Single", true)
	if err != nil {
		return nil, err
	}
	friends := make([]event.NewFriend, 0, len(q.AddFriendItem))
	ids := make([]string, 0, len(q.AddFriendItem))
	for _, f := range q.AddFriendItem {
		friends = append(friends, event.NewFriend{UserID: f.ToAccount, Remark: f.Remark, Group: f.GroupName, AddSource: f.AddSource, AddWording: f.AddWording})
		ids = append(ids, f.ToAccount)
	}
	outcome, err := g.Friends.AddFriends(ctx, r.caller, r.caller.UserID, friends, both)
	if err != nil {
		return nil, err
	}
	return resultsOf(ids, outcome), nil
}

// bothWays reads a choice between both directions and one.
func bothWays(choice, both, single string, unset bool) (bool, error) {
	switch choice {
	case "":
		return unset, nil
	case both, single:
		return choice == both, nil
	}
	return false, chat.ErrRelationParameter.Because("%s is neither %s nor %s", chat.Cut(choice, 64), both, single)
}

type answerFriendsRequest struct {
	ResponseFriendItem []struct {
		ToAccount      string             `json:"To_Account"`
		Remark         string             `json:"Remark"`
		TagName        string             `json:"TagName"`
		ResponseAction event.FriendAction `json:"ResponseAction"`
	} `json:"ResponseFriendItem"`
}

func (g *Gateway) answerFriends(ctx context.Context, r *request, q *answerFriendsRequest) (*results, error) {
	responses := make([]event.FriendResponse, 0, len(q.ResponseFriendItem))
	ids := make([]string, 0, len(q.ResponseFriendItem))
	for _, f := range q.ResponseFriendItem {
		responses = append(responses, event.FriendResponse{UserID: f.ToAccount, Remark: f.Remark, Group: f.TagName, Action: f.ResponseAction})
		ids = append(ids, f.ToAccount)
	}
	outcome, err := g.Friends.AnswerRequests(ctx, r.caller, r.caller.UserID, responses)
	if err != nil {
		return nil, err
	}
	return resultsOf(ids, outcome), nil
}

type deleteFriendsRequest struct {
	accounts

	DeleteType string `json:"DeleteType"`
}

func (g *Gateway) deleteFriends(ctx context.Context, r *request, q *deleteFriendsRequest) (*results, error) {
	both, err := bothWays(q.DeleteType, "Delete_Type_Both", "Delete_Type_Single", false)
	if err != nil {
		return nil, err
	}
	outcome, err := g.Friends.DeleteFriends(ctx, r.caller, r.caller.UserID, q.ToAccount, both)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}

type updateFriendsRequest struct {
	UpdateItem []struct {
		ToAccount string   `json:"To_Account"`
		SnsItem   []tagRaw `json:"SnsItem"`
	} `json:"UpdateItem"`
}

func (g *Gateway) updateFriends(ctx context.Context, r *request, q *updateFriendsRequest) (*results, error) {
	updates := make([]sns.FriendUpdate, 0, len(q.UpdateItem))
	ids := make([]string, 0, len(q.UpdateItem))
	for _, item := range q.UpdateItem {
		u, err := friendUpdate(item.ToAccount, item.SnsItem)
		if err != nil {
			return nil, err
		}
		updates = append(updates, u)
		ids = append(ids, item.ToAccount)
	}
	outcome, err := g.Friends.UpdateFriends(ctx, r.caller, r.caller.UserID, updates)
	if err != nil {
		return nil, err
	}
	return resultsOf(ids, outcome), nil
}

func friendUpdate(userID string, items []tagRaw) (sns.FriendUpdate, error) {
	u := sns.FriendUpdate{UserID: userID}
	for _, item := range items {
		switch item.Tag {
		case chat.TagRemark:
			if err := json.Unmarshal(item.Value, &u.Remark); err != nil {
				return u, chat.ErrRelationParameter.Because("%s is a string", item.Tag)
			}
		case chat.TagFriendGroups:
			if err := json.Unmarshal(item.Value, &u.Groups); err != nil {
				return u, chat.ErrRelationParameter.Because("%s is a list of strings", item.Tag)
			}
		default:
			f, ok, err := chat.ParseCustomFriendField(item.Tag, item.Value)
			if err != nil {
				return u, err
			}
			if !ok {
				return u, chat.ErrRelationParameter.Because("%s cannot be changed", chat.Cut(item.Tag, 64))
			}
			u.Custom = append(u.Custom, f)
		}
	}
	return u, nil
}

type checkFriendsRequest struct {
	accounts

	CheckType string `json:"CheckType"`
}

type checkFriendsAnswer struct {
	Status

	InfoItem    []relationInfo `json:"InfoItem"`
	FailAccount []string       `json:"Fail_Account,omitempty"`
}

type relationInfo struct {
	result

	Relation string `json:"Relation"`
}

func (g *Gateway) checkFriends(ctx context.Context, r *request, q *checkFriendsRequest) (*checkFriendsAnswer, error) {
	both, err := bothWays(q.CheckType, "CheckResult_Type_Both", "CheckResult_Type_Single", true)
	if err != nil {
		return nil, err
	}
	ties, outcome, err := g.Friends.CheckFriends(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	results := resultsOf(q.ToAccount, outcome)
	a := &checkFriendsAnswer{InfoItem: make([]relationInfo, 0, len(results.ResultItem)), FailAccount: results.FailAccount}
	for _, item := range results.ResultItem {
		tie := ties[item.ToAccount]
		if outcome[item.ToAccount] != nil {
			tie = chat.Tie{}
		}
		a.InfoItem = append(a.InfoItem, relationInfo{item, "CheckResult_Type_" + relationName(tie, both)})
	}
	return a, nil
}

// relationName is how the protocol calls a tie, seen from one side or from both.
func relationName(tie chat.Tie, both bool) string {
	switch {
	case tie.Mine && tie.Theirs && both:
		return "BothWay"
	case tie.Mine:
		return "AWithB"
	case tie.Theirs && both:
		return "BWithA"
	}
	return "NoRelation"
}

// pendencyType is which requests to be friends are meant.
type pendencyType string

const (
	pendencyReceived pendencyType = "Pendency_Type_ComeIn"
	pendencySent     pendencyType = "Pendency_Type_SendOut"
)

type getPendenciesRequest struct {
	PendencyType pendencyType `json:"PendencyType"`
	StartTime    int64        `json:"StartTime"`
}

type getPendenciesAnswer struct {
	Status

	PendencyItem            []pendencyItem `json:"PendencyItem"`
	StartTime               int64          `json:"StartTime"`
	UnreadPendencyCount     int            `json:"UnreadPendencyCount"`
	CurrentPendencySequence int64          `json:"CurrentPendencySequence"`
}

type pendencyItem struct {
	ToAccount    string       `json:"To_Account"`
	AddTime      int64        `json:"AddTime"`
	AddSource    string       `json:"AddSource"`
	AddWording   string       `json:"AddWording"`
	Nick         string       `json:"Nick"`
	Image        string       `json:"Image"`
	PendencyType pendencyType `json:"PendencyType"`
}

// getPendencies returns requests to be friends. What the protocol calls a time is the
// place where the next page begins; there is one page, because clients ask only once.
func (g *Gateway) getPendencies(ctx context.Context, r *request, q *getPendenciesRequest) (*getPendenciesAnswer, error) {
	self := r.caller.UserID
	l, err := g.Friends.ListPendencies(ctx, r.caller, self, store.PendencyPage{
		Received: q.PendencyType != pendencySent, Sent: q.PendencyType != pendencyReceived, Before: q.StartTime,
	})
	if err != nil {
		return nil, err
	}
	a := &getPendenciesAnswer{
		PendencyItem: make([]pendencyItem, 0, len(l.Items)), StartTime: l.Next, UnreadPendencyCount: l.Unread, CurrentPendencySequence: l.Newest,
	}
	for _, p := range l.Items {
		item := pendencyItem{
			ToAccount: p.Other.UserID, AddTime: p.Time.Unix(), AddSource: p.AddSource, AddWording: p.AddWording,
			Nick: p.Other.Nick, Image: p.Other.FaceURL, PendencyType: pendencyReceived,
		}
		if p.Asker == self {
			item.PendencyType = pendencySent
		}
		a.PendencyItem = append(a.PendencyItem, item)
	}
	return a, nil
}

type deletePendenciesRequest struct {
	accounts

	PendencyType pendencyType `json:"PendencyType"`
}

func (g *Gateway) deletePendencies(ctx context.Context, r *request, q *deletePendenciesRequest) (*results, error) {
	outcome, err := g.Friends.DeletePendencies(ctx, r.caller, r.caller.UserID, q.ToAccount, q.PendencyType != pendencySent)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}

type readPendenciesRequest struct {
	LatestPendencyTimeStamp int64 `json:"LatestPendencyTimeStamp"`
}

func (g *Gateway) readPendencies(ctx context.Context, r *request, q *readPendenciesRequest) (*done, error) {
	// Requests have times in whole seconds here, so all of that second are read.
	until := time.Unix(q.LatestPendencyTimeStamp, int64(time.Second-time.Millisecond))
	return nil, g.Friends.ReadPendencies(ctx, r.caller, r.caller.UserID, until)
}

type getFriendGroupsRequest struct {
	GroupName  []string `json:"GroupName"`
	NeedFriend string   `json:"NeedFriend"`
}

type getFriendGroupsAnswer struct {
	Status

	ResultItem      []friendGroup `json:"ResultItem"`
	CurrentSequence int64         `json:"CurrentSequence"`
}

type friendGroup struct {
	GroupName    string   `json:"GroupName"`
	FriendNumber int      `json:"FriendNumber"`
	ToAccount    []string `json:"To_Account,omitempty"`
}

func (g *Gateway) getFriendGroups(ctx context.Context, r *request, q *getFriendGroupsRequest) (*getFriendGroupsAnswer, error) {
	groups, err := g.Friends.ListGroups(ctx, r.caller, r.caller.UserID, q.GroupName)
	if err != nil {
		return nil, err
	}
	a := &getFriendGroupsAnswer{ResultItem: make([]friendGroup, 0, len(groups))}
	for _, fg := range groups {
		item := friendGroup{GroupName: fg.Name, FriendNumber: len(fg.Friends)}
		if q.NeedFriend == "Need_Friend_Type_Yes" {
			item.ToAccount = fg.Friends
		}
		a.ResultItem = append(a.ResultItem, item)
	}
	return a, nil
}

type addFriendGroupsRequest struct {
	accounts

	GroupName []string `json:"GroupName"`
}

func (g *Gateway) addFriendGroups(ctx context.Context, r *request, q *addFriendGroupsRequest) (*results, error) {
	outcome, err := g.Friends.AddGroups(ctx, r.caller, r.caller.UserID, q.GroupName, q.ToAccount)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}

func (g *Gateway) deleteFriendGroups(ctx context.Context, r *request, q *addFriendGroupsRequest) (*done, error) {
	return nil, g.Friends.DeleteGroups(ctx, r.caller, r.caller.UserID, q.GroupName)
}

type updateFriendGroupRequest struct {
	GroupOldName    string `json:"GroupOldName"`
	GroupNewName    string `json:"GroupNewName"`
	UpdateGroupItem []struct {
		ToAccount  string `json:"To_Account"`
		UpdateType string `json:"UpdateType"`
	} `json:"UpdateGroupItem"`
}

type updateFriendGroupAnswer struct {
	Status

	ResultItem  []groupResult `json:"ResultItem"`
	FailAccount []string      `json:"Fail_Account,omitempty"`
}

// groupResult says with each account what was to be done, from which clients learn
// what they asked for.
type groupResult struct {
	result

	UpdateType string `json:"UpdateType"`
}

func (g *Gateway) updateFriendGroup(ctx context.Context, r *request, q *updateFriendGroupRequest) (*updateFriendGroupAnswer, error) {
	u := sns.GroupUpdate{Name: q.GroupOldName, NewName: q.GroupNewName}
	ids := make([]string, 0, len(q.UpdateGroupItem))
	wanted := make(map[string]string, len(q.UpdateGroupItem))
	for _, item := range q.UpdateGroupItem {
		switch item.UpdateType {
		case "Update_Type_Add":
			u.Add = append(u.Add, item.ToAccount)
		case "Update_Type_Delete":
			u.Remove = append(u.Remove, item.ToAccount)
		default:
			return nil, chat.ErrRelationParameter.Because("UpdateType is neither Update_Type_Add nor Update_Type_Delete")
		}
		ids = append(ids, item.ToAccount)
		wanted[item.ToAccount] = item.UpdateType
	}
	outcome, err := g.Friends.UpdateGroup(ctx, r.caller, r.caller.UserID, u)
	if err != nil {
		return nil, err
	}
	results := resultsOf(ids, outcome)
	a := &updateFriendGroupAnswer{ResultItem: make([]groupResult, 0, len(results.ResultItem)), FailAccount: results.FailAccount}
	for _, item := range results.ResultItem {
		a.ResultItem = append(a.ResultItem, groupResult{item, wanted[item.ToAccount]})
	}
	return a, nil
}

type getBlackListRequest struct {
	StartIndex int64 `json:"StartIndex"`
	MaxLimited int   `json:"MaxLimited"`
}

type getBlackListAnswer struct {
	Status

	BlackListItem   []blackListItem `json:"BlackListItem"`
	StartIndex      int64           `json:"StartIndex"`
	CurrentSequence int64           `json:"CurruentSequence"` // spelt so
}

type blackListItem struct {
	ToAccount         string `json:"To_Account"`
	AddBlackTimeStamp int64  `json:"AddBlackTimeStamp"`
}

func (g *Gateway) getBlackList(ctx context.Context, r *request, q *getBlackListRequest) (*getBlackListAnswer, error) {
	page, next, err := g.Friends.ListBlocked(ctx, r.caller, r.caller.UserID, q.StartIndex, q.MaxLimited)
	if err != nil {
		return nil, err
	}
	a := &getBlackListAnswer{BlackListItem: make([]blackListItem, 0, len(page)), StartIndex: next}
	for _, b := range page {
		a.BlackListItem = append(a.BlackListItem, blackListItem{b.UserID, b.Time.Unix()})
	}
	return a, nil
}

func (g *Gateway) addToBlackList(ctx context.Context, r *request, q *accounts) (*results, error) {
	outcome, err := g.Friends.Block(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}

func (g *Gateway) deleteFromBlackList(ctx context.Context, r *request, q *accounts) (*results, error) {
	outcome, err := g.Friends.Unblock(ctx, r.caller, r.caller.UserID, q.ToAccount)
	if err != nil {
		return nil, err
	}
	return resultsOf(q.ToAccount, outcome), nil
}
