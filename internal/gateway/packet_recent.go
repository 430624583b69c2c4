package gateway

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/recent"
	"github.com/parley-im/parley/internal/store"
)

func (g *Gateway) recentPackets() []Packet {
	return []Packet{
		packet(serviceRecent, "page_get", g.pageGet),
		packet(serviceRecent, "batch_delete", g.batchDelete),
		packet(serviceRecent, "clear_msg", g.clearMsg),
		packet(serviceRecent, "top", g.top),
		packet(serviceRecent, "mark_contact", g.markContact),
		packet(serviceRecent, "create_contact_group", g.createContactGroup),
		packet(serviceRecent, "del_contact_group", g.deleteContactGroup),
		packet(serviceRecent, "update_contact_group", g.updateContactGroup),
		packet(serviceRecent, "get_contact_group", g.getContactGroup),
		packet(serviceRecent, "search_contact_group", g.searchContactGroup),
	}
}

// Kinds of conversations.
const (
	contactUser  = 1
	contactGroup = 2
)

// contactItem names a conversation. The spelling of a group's ID depends on the
// command.
type contactItem struct {
	Type      int    `json:"Type"`
	ToAccount string `json:"To_Account,omitempty"`
	ToGroupID string `json:"ToGroupId,omitempty"`
}

func newContactItem(ref event.ContactRef) contactItem {
	if ref.Group {
		return contactItem{Type: contactGroup, ToGroupID: ref.ID}
	}
	return contactItem{Type: contactUser, ToAccount: ref.ID}
}

func (i contactItem) ref() event.ContactRef { return contactRef(i.Type, i.ToAccount, i.ToGroupID) }

func contactRef(kind int, account, group string) event.ContactRef {
	if kind == contactGroup {
		return event.ContactRef{Group: true, ID: group}
	}
	return event.ContactRef{ID: account}
}

func refsOf(items []contactItem) []event.ContactRef {
	refs := make([]event.ContactRef, 0, len(items))
	for _, i := range items {
		refs = append(refs, i.ref())
	}
	return refs
}

// contactGroupItem is a conversation group.
type contactGroupItem struct {
	GroupID   int64  `json:"GroupId"`
	GroupName string `json:"GroupName"`
}

func newContactGroups(groups []chat.ContactGroup) []contactGroupItem {
	items := make([]contactGroupItem, 0, len(groups))
	for _, g := range groups {
		items = append(items, newContactGroup(g))
	}
	return items
}

func newContactGroup(g chat.ContactGroup) contactGroupItem {
	return contactGroupItem{GroupID: g.ID, GroupName: g.Name}
}

type pageGetRequest struct {
	StartIndex int `json:"StartIndex"`
}

type pageGetAnswer struct {
	Status

	SessionItem []sessionItem      `json:"SessionItem"`
	GroupItem   []contactGroupItem `json:"GroupItem"`
	// CompleteFlag is 1 on the last page. Its cursor leads to a new list.
	CompleteFlag  int   `json:"CompleteFlag"`
	TimeStamp     int64 `json:"TimeStamp"`
	StartIndex    int   `json:"StartIndex"`
	TopTimeStamp  int64 `json:"TopTimeStamp"`
	TopStartIndex int   `json:"TopStartIndex"`
}

// sessionItem is one conversation of the list.
type sessionItem struct {
	Type         int   `json:"Type"`
	MsgTimeStamp int64 `json:"MsgTimeStamp"`
	MsgSeq       int64 `json:"MsgSeq"`
	MsgRandom    int64 `json:"MsgRandom"`
	// LastMsgFlags tells that the last message was recalled.
	LastMsgFlags   int             `json:"LastMsgFlags"`
	LastMsg        lastMsg         `json:"LastMsg"`
	UnreadMsgCount int             `json:"UnreadMsgCount"`
	TopFlags       int             `json:"TopFlags"`
	MsgRecvOption  chat.RecvOption `json:"MsgRecvOption"`
	CustomMark     string          `json:"CustomMark"`
	StandardMark   string          `json:"StandardMark"`
	ContactGroupID []int64         `json:"ContactGroupId"`

	*userSession
	*groupSession
}

type userSession struct {
	ToAccount          string `json:"To_Account"`
	LastMsgFromAccount string `json:"LastC2CMsgFrom_Account"`
	Nick               string `json:"C2cNick"`
	Image              string `json:"C2cImage"`
	Remark             string `json:"C2cRemark"`
	// PeerReadTime is until when the peer has read.
	PeerReadTime int64 `json:"C2cPeerReadTime"`
}

type groupSession struct {
	ToAccount    string `json:"ToAccount"`
	FromAccount  string `json:"MsgGroupFrom_Account"`
	FromNick     string `json:"MsgGroupFromNickName"`
	FromCard     string `json:"MsgGroupFromCardName"`
	Nick         string `json:"GroupNick"`
	Image        string `json:"GroupImage"`
	Type         string `json:"GroupType"`
	NextMsgSeq   int64  `json:"GroupNextMsgSeq"`
	ReadedSeq    int64  `json:"MsgGroupReadedSeq"`
	IgnoredCount int    `json:"GroupIgnoredUnreadSeqCount"`
}

// lastMsg is what was said last, or a tip.
type lastMsg struct {
	Event           eventNumber     `json:"Event,omitempty"`
	GroupTips       *groupTip       `json:"GroupTips,omitempty"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData,omitempty"`
	RevokerInfo     *revokerInfo    `json:"RevokerInfo,omitempty"`
}

// flagGroupRecalled marks a recalled last message of a group.
const flagGroupRecalled = 2

func (g *Gateway) pageGet(ctx context.Context, r *request, q *pageGetRequest) (*pageGetAnswer, error) {
	page, err := g.Recent.List(ctx, r.caller, q.StartIndex)
	if err != nil {
		return nil, err
	}
	a := &pageGetAnswer{
		SessionItem: make([]sessionItem, 0, len(page.Items)), GroupItem: newContactGroups(page.Groups), StartIndex: page.Next,
		CompleteFlag: bit(page.Next == 0),
	}
	for i := range page.Items {
		a.SessionItem = append(a.SessionItem, newSessionItem(r.caller, &page.Items[i], page.Persons))
	}
	return a, nil
}

func newSessionItem(caller chat.Caller, c *recent.Item, persons map[string]chat.Person) sessionItem {
	item := sessionItem{
		Type: contactUser, UnreadMsgCount: c.Unread, TopFlags: bit(!c.PinTime.IsZero()), MsgRecvOption: c.RecvOption,
		CustomMark: c.CustomMark, StandardMark: markText(c.StandardMark), ContactGroupID: append([]int64{}, c.Contact.Groups...),
		LastMsg: lastMsg{MsgBody: noBody}, MsgTimeStamp: c.LastMsgTime.Unix(),
	}
	from := ""
	if m := c.Last; m != nil {
		from = m.Sender
		item.MsgTimeStamp, item.MsgSeq, item.MsgRandom = m.Time.Unix(), m.WireSeq(), int64(m.Random)
		item.LastMsg = newLastMsg(caller, c)
	}
	recalled := c.Last != nil && c.Last.Place == chat.PlaceRecalled
	if !c.Group() {
		p := persons[c.Name]
		item.LastMsgFlags = bit(recalled) * flagRecalled
		item.userSession = &userSession{
			ToAccount: c.Name, LastMsgFromAccount: from, Nick: p.Nick, Image: p.FaceURL, PeerReadTime: c.PeerReadTime,
		}
		return item
	}
	item.Type, item.LastMsgFlags = contactGroup, bit(recalled)*flagGroupRecalled
	if c.Last != nil {
		item.MsgSeq = c.Last.Seq
	}
	item.groupSession = &groupSession{
		ToAccount: c.Name, FromAccount: from, FromNick: persons[from].Nick, Nick: c.GroupName, Image: c.FaceURL,
		Type: string(c.GroupType.Canonical()), NextMsgSeq: c.NextSeq, ReadedSeq: c.ReadSeq, IgnoredCount: c.Ignored,
	}
	return item
}

// newLastMsg is the form of a conversation's last message. Only his own words are
// left to the caller of what was recalled.
func newLastMsg(caller chat.Caller, c *recent.Item) lastMsg {
	m := c.Last
	if m.Tip != nil {
		tip := where{app: caller.App.SDKAppID, groupID: c.Name, name: groupName{Name: c.GroupName, Type: c.GroupType}}.tip(m)
		return lastMsg{Event: eventGroupTip, GroupTips: &tip, MsgBody: noBody}
	}
	last := lastMsg{MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData, RevokerInfo: newRevokerInfo(m.Recall)}
	if m.Place == chat.PlaceRecalled && m.Sender != caller.UserID {
		last.MsgBody, last.CloudCustomData = noBody, ""
	}
	return last
}

// markText is how marks are written: 64 digits, bit 0 at the end.
func markText(marks uint64) string { return fmt.Sprintf("%064b", marks) }

// deleteItem names a conversation to be deleted.
type deleteItem struct {
	Type       int    `json:"Type"`
	ToAccount  string `json:"To_Account,omitempty"`
	ToGroupID  string `json:"ToGroupid,omitempty"`
	ResultCode int    `json:"ResultCode"`
	ResultInfo string `json:"ResultInfo"`
}

type batchDeleteRequest struct {
	ContactItem []deleteItem `json:"ContactItem"`
	// ClearRamble is 0 to keep the history.
	ClearRamble *int `json:"ClearRamble"`
}

type batchDeleteAnswer struct {
	Status

	ResultItem []deleteItem `json:"ResultItem"`
}

func (g *Gateway) batchDelete(ctx context.Context, r *request, q *batchDeleteRequest) (*batchDeleteAnswer, error) {
	refs := make([]event.ContactRef, 0, len(q.ContactItem))
	for _, i := range q.ContactItem {
		refs = append(refs, contactRef(i.Type, i.ToAccount, i.ToGroupID))
	}
	results, err := g.Recent.Delete(ctx, r.caller, refs, q.ClearRamble == nil || *q.ClearRamble != 0)
	if err != nil {
		return nil, err
	}
	a := &batchDeleteAnswer{ResultItem: q.ContactItem}
	for i, refusal := range results {
		a.ResultItem[i].ResultCode, a.ResultItem[i].ResultInfo = outcome(refusal)
	}
	return a, nil
}

// outcome is what became of one item of a list.
func outcome(refusal *chat.Error) (code int, info string) {
	if refusal == nil {
		return 0, ""
	}
	return refusal.Code, refusal.Text
}

type clearMsgRequest struct {
	Type      int    `json:"Type"`
	ToAccount string `json:"To_Account"`
	ToGroupID string `json:"ToGroupid"`
}

func (g *Gateway) clearMsg(ctx context.Context, r *request, q *clearMsgRequest) (*done, error) {
	return nil, g.Recent.Clear(ctx, r.caller, contactRef(q.Type, q.ToAccount, q.ToGroupID))
}

// The OperationTypes of command top.
const (
	operationPin   = 1
	operationUnpin = 2
)

type topRequest struct {
	OperationType     int `json:"OperationType"`
	RecentContactItem []struct {
		Type      int    `json:"Type"`
		ToAccount string `json:"To_Account"`
		GroupID   string `json:"GroupId"`
	} `json:"RecentContactItem"`
}

func (g *Gateway) top(ctx context.Context, r *request, q *topRequest) (*done, error) {
	if q.OperationType != operationPin && q.OperationType != operationUnpin {
		return nil, chat.ErrRecentParameter.Because("OperationType is neither 1 nor 2")
	}
	refs := make([]event.ContactRef, 0, len(q.RecentContactItem))
	for _, i := range q.RecentContactItem {
		refs = append(refs, contactRef(i.Type, i.ToAccount, i.GroupID))
	}
	return nil, g.Recent.Pin(ctx, r.caller, refs, q.OperationType == operationPin)
}

// The OptTypes of command mark_contact.
const (
	optMarks  = 1
	optCustom = 2
	optBoth   = 3
)

type markContactRequest struct {
	MarkItem []struct {
		OptType     int         `json:"OptType"`
		ContactItem contactItem `json:"ContactItem"`
		SetMark     []int       `json:"SetMark"`
		ClearMark   []int       `json:"ClearMark"`
		CustomMark  *string     `json:"CustomMark"`
	} `json:"MarkItem"`
}

type markContactAnswer struct {
	Status

	ResultItem []markResult `json:"ResultItem"`
}

type markResult struct {
	ContactItem contactItem `json:"ContactItem"`
	OptType     int         `json:"OptType"`
	ResultCode  int         `json:"ResultCode"`
	ResultInfo  string      `json:"ResultInfo"`
}

func (g *Gateway) markContact(ctx context.Context, r *request, q *markContactRequest) (*markContactAnswer, error) {
	marks := make([]recent.MarkRequest, 0, len(q.MarkItem))
	a := &markContactAnswer{ResultItem: make([]markResult, 0, len(q.MarkItem))}
	for _, i := range q.MarkItem {
		m := recent.MarkRequest{Contact: i.ContactItem.ref()}
		if i.OptType != optCustom {
			m.Set, m.Clear = i.SetMark, i.ClearMark
		}
		if i.OptType != optMarks {
			m.Custom = i.CustomMark
		}
		marks = append(marks, m)
		a.ResultItem = append(a.ResultItem, markResult{ContactItem: i.ContactItem, OptType: i.OptType})
	}
	results, err := g.Recent.Mark(ctx, r.caller, marks)
	if err != nil {
		return nil, err
	}
	for i, refusal := range results {
		a.ResultItem[i].ResultCode, a.ResultItem[i].ResultInfo = outcome(refusal)
	}
	return a, nil
}

// contactResult is what became of one conversation of a request.
type contactResult struct {
	ContactItem    contactItem `json:"ContactItem"`
	ContactOptType int         `json:"ContactOptType,omitempty"`
	ResultCode     int         `json:"ResultCode"`
	ResultInfo     string      `json:"ResultInfo"`
}

func contactResults(refs []event.ContactRef, results []*chat.Error, opt int) []contactResult {
	list := make([]contactResult, 0, len(refs))
	for i, ref := range refs {
		res := contactResult{ContactItem: newContactItem(ref), ContactOptType: opt}
		res.ResultCode, res.ResultInfo = outcome(results[i])
		list = append(list, res)
	}
	return list
}

type createContactGroupRequest struct {
	GroupContactItem []struct {
		GroupName   string        `json:"GroupName"`
		ContactItem []contactItem `json:"ContactItem"`
	} `json:"GroupContactItem"`
}

type createContactGroupAnswer struct {
	Status

	GroupResultItem []contactGroupResult `json:"GroupResultItem"`
}

type contactGroupResult struct {
	GroupItem  contactGroupItem `json:"GroupItem"`
	ResultItem []contactResult  `json:"ResultItem"`
}

func (g *Gateway) createContactGroup(ctx context.Context, r *request, q *createContactGroupRequest) (*createContactGroupAnswer, error) {
	if len(q.GroupContactItem) != 1 {
		return nil, chat.ErrRecentParameter.Because("GroupContactItem has one entry")
	}
	wanted := &q.GroupContactItem[0]
	refs := refsOf(wanted.ContactItem)
	made, results, err := g.Recent.CreateGroup(ctx, r.caller, wanted.GroupName, refs)
	if err != nil {
		return nil, err
	}
	return &createContactGroupAnswer{GroupResultItem: []contactGroupResult{{
		GroupItem: newContactGroup(made), ResultItem: contactResults(refs, results, 0),
	}}}, nil
}

type deleteContactGroupRequest struct {
	GroupName []string `json:"GroupName"`
}

type deleteContactGroupAnswer struct {
	Status

	GroupItem []contactGroupItem `json:"GroupItem"`
}

func (g *Gateway) deleteContactGroup(ctx context.Context, r *request, q *deleteContactGroupRequest) (*deleteContactGroupAnswer, error) {
	deleted, err := g.Recent.DeleteGroups(ctx, r.caller, q.GroupName)
	return &deleteContactGroupAnswer{GroupItem: newContactGroups(deleted)}, err
}

// The UpdateGroupTypes and ContactOptTypes of command update_contact_group.
const (
	updateRename = 1
	updateSort   = 2
	optAdd       = 1
	optRemove    = 2
)

type updateContactGroupRequest struct {
	UpdateGroup struct {
		UpdateGroupType   int    `json:"UpdateGroupType"`
		OldGroupName      string `json:"OldGroupName"`
		NewGroupName      string `json:"NewGroupName"`
		ContactUpdateItem []struct {
			ContactOptType int         `json:"ContactOptType"`
			ContactItem    contactItem `json:"ContactItem"`
		} `json:"ContactUpdateItem"`
	} `json:"UpdateGroup"`
}

type updateContactGroupAnswer struct {
	Status

	UpdateGroupResult updateGroupResult `json:"UpdateGroupResult"`
}

type updateGroupResult struct {
	GroupID           int64           `json:"GroupId"`
	GroupName         string          `json:"GroupName"`
	OldGroupName      string          `json:"OldGroupName"`
	ContactResultItem []contactResult `json:"ContactResultItem"`
}

func (g *Gateway) updateContactGroup(ctx context.Context, r *request, q *updateContactGroupRequest) (*updateContactGroupAnswer, error) {
	u := &q.UpdateGroup
	result := updateGroupResult{OldGroupName: u.OldGroupName, ContactResultItem: []contactResult{}}
	switch u.UpdateGroupType {
	case updateRename:
		renamed, err := g.Recent.RenameGroup(ctx, r.caller, u.OldGroupName, u.NewGroupName)
		if err != nil {
			return nil, err
		}
		result.GroupID, result.GroupName = renamed.ID, renamed.Name
	case updateSort:
		var add, remove []event.ContactRef
		for _, i := range u.ContactUpdateItem {
			if i.ContactOptType == optRemove {
				remove = append(remove, i.ContactItem.ref())
				continue
			}
			add = append(add, i.ContactItem.ref())
		}
		changed, added, removed, err := g.Recent.ChangeGroup(ctx, r.caller, u.OldGroupName, add, remove)
		if err != nil {
			return nil, err
		}
		result.GroupID, result.GroupName = changed.ID, changed.Name
		result.ContactResultItem = append(contactResults(add, added, optAdd), contactResults(remove, removed, optRemove)...)
	default:
		return nil, chat.ErrRecentParameter.Because("UpdateGroupType is neither 1 nor 2")
	}
	return &updateContactGroupAnswer{UpdateGroupResult: result}, nil
}

// markedItem is a conversation with its marks and its conversation groups.
type markedItem struct {
	contactItem

	StandardMark   string  `json:"StandardMark"`
	CustomMark     string  `json:"CustomMark"`
	ContactGroupID []int64 `json:"ContactGroupId"`
}

func newMarkedItems(contacts []store.Contact) []markedItem {
	items := make([]markedItem, 0, len(contacts))
	for i := range contacts {
		c := &contacts[i]
		items = append(items, markedItem{
			contactItem: newContactItem(c.Ref()), StandardMark: markText(c.StandardMark), CustomMark: c.CustomMark,
			ContactGroupID: append([]int64{}, c.Groups...),
		})
	}
	return items
}

type getContactGroupAnswer struct {
	Status

	CompleteFlag int                `json:"CompleteFlag"`
	NextStart    int                `json:"NextStartIndex"`
	GroupItem    []contactGroupItem `json:"GroupItem"`
	ContactItem  []markedItem       `json:"ContactItem"`
}

func (g *Gateway) getContactGroup(ctx context.Context, r *request, _ *empty) (*getContactGroupAnswer, error) {
	marked, err := g.Recent.Marked(ctx, r.caller)
	if err != nil {
		return nil, err
	}
	return &getContactGroupAnswer{
		CompleteFlag: 1, GroupItem: newContactGroups(marked.Groups), ContactItem: newMarkedItems(marked.Contacts),
	}, nil
}

type searchContactGroupRequest struct {
	ContactItem []contactItem `json:"ContactItem"`
}

type searchContactGroupAnswer struct {
	Status

	GroupItem         []contactGroupItem `json:"GroupItem"`
	ContactResultItem []markedItem       `json:"ContactResultItem"`
}

func (g *Gateway) searchContactGroup(ctx context.Context, r *request, q *searchContactGroupRequest) (*searchContactGroupAnswer, error) {
	marked, err := g.Recent.Search(ctx, r.caller, refsOf(q.ContactItem))
	if err != nil {
		return nil, err
	}
	return &searchContactGroupAnswer{GroupItem: newContactGroups(marked.Groups), ContactResultItem: newMarkedItems(marked.Contacts)}, nil
}
