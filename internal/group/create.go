package group

import (
	"context"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// CreateRequest describes a new group. Spec: groups#5.2
type CreateRequest struct {
	// GroupID is chosen by the server if empty.
	GroupID           string
	Type              string
	Owner             string
	Profile           Profile
	Members           []NewMember
	SupportTopic      bool
	EnablePermission  bool
	DefaultPermission int64
}

// NewMember is one initial member.
type NewMember struct {
	UserID         string
	Role           string
	JoinTime       time.Time
	MsgFlag        string
	NameCard       string
	MuteUntil      int64
	AppDefinedData []chat.KeyValue
}

// Create makes a group and returns its profile. Initial members without an
// account are left out. A group that a client makes is the caller's own. The app's
// backend is asked before.
func (s *Service) Create(ctx context.Context, caller chat.Caller, r *CreateRequest) (*chat.Group, error) {
	if !caller.Admin {
		r.Owner = caller.UserID
	}
	made, err := r.group()
	if err != nil {
		return nil, err
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderate(caller.App, r.texts()...)
	if err := s.askBeforeCreate(ctx, caller, made, r, blocked); err != nil {
		return nil, err
	}
	app := caller.App.SDKAppID
	var g *chat.Group
	err = s.store.Update(ctx, func(tx store.Tx) error {
		if other, err := tx.Group(ctx, app, made.ID); err == nil {
			return taken(other, r.Owner)
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		g = new(*made) // the function may run again
		g.CreateTime, g.LastInfoTime = tx.Now(), tx.Now()
		members, err := initialMembers(ctx, tx, caller.App, g, r)
		if err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		if err := tx.CreateGroup(ctx, app, g); err != nil {
			return err
		}
		added, err := tx.AddMembers(ctx, app, g.Conversation, members)
		g.MemberNum = len(added)
		if err != nil {
			return err
		}
		if err := muteInitial(ctx, tx, caller.App, g, members); err != nil {
			return err
		}
		e := &edit{Service: s, tx: tx, caller: caller, group: g, operator: caller.UserID, rank: rankOwner}
		return e.created(ctx, members)
	})
	if err != nil {
		return nil, translate(err)
	}
	return g, nil
}

// askBeforeCreate asks about a group that could be made.
func (s *Service) askBeforeCreate(ctx context.Context, caller chat.Caller, g *chat.Group, r *CreateRequest, blocked error) error {
	if !caller.App.Webhook.Enabled("Group.CallbackBeforeCreateGroup") {
		return nil
	}
	question := event.BeforeGroupCreate{
		Group: event.Group{Caller: caller, GroupID: g.ID, Type: g.Type, Operator: caller.UserID, At: s.clock()},
		Owner: g.Owner, Name: *r.Profile.Name,
	}
	err := s.store.View(ctx, func(tx store.Tx) error {
		other, err := tx.Group(ctx, caller.App.SDKAppID, g.ID)
		switch {
		case err == nil:
			return taken(other, g.Owner)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		members, err := initialMembers(ctx, tx, caller.App, g, r)
		if err != nil {
			return err
		}
		for i := range members {
			if members[i].Role != chat.RoleOwner {
				question.Members = append(question.Members, members[i].UserID)
			}
		}
		question.Owned, err = tx.CountOwned(ctx, caller.App.SDKAppID, g.Owner, g.Type, maxOwned)
		return err
	})
	if err == nil {
		err = blocked
	}
	if err != nil {
		return translate(err)
	}
	if refusal := s.hooks.Ask(ctx, caller.App, question).Refusal; refusal != nil {
		return refusal
	}
	return nil
}

// maxOwned bounds the number of a user's groups that the app's backend is told.
const maxOwned = 10_000

// created tells everybody of a new group. It begins without a word, so that the
// first message is the first of its history.
func (e *edit) created(ctx context.Context, members []chat.Member) error {
	g := e.group
	if err := e.record(ctx, event.GroupCreated{
		Group: e.event(), Owner: g.Owner, Name: g.Name, InviteJoinOption: g.InviteJoinOption, Members: members, AppDefinedData: g.AppDefinedData,
	}); err != nil {
		return err
	}
	var ids []string
	for i := range members {
		if members[i].UserID != e.operator {
			ids = append(ids, members[i].UserID)
		}
	}
	return e.noticeAll(ctx, ids, chat.Notice{Type: chat.NoticeInvited})
}

// taken is the refusal of an ID that another group has. Spec: groups#1.3
func taken(g *chat.Group, owner string) error {
	if owner != "" && g.Owner == owner {
		return chat.ErrGroupIDTakenByOwn
	}
	return chat.ErrGroupIDTaken
}

// group checks the parameters and makes the profile of a new group.
func (r *CreateRequest) group() (*chat.Group, error) {
	if r.Type == "" {
		return nil, chat.ErrParameter.Because("Type is required")
	}
	t, ok := chat.ParseGroupType(r.Type)
	if !ok {
		return nil, chat.ErrParameter.Because("Type is none of Private, Public, ChatRoom, AVChatRoom, Community")
	}
	rules := t.Rules()
	g := &chat.Group{
		ID: r.GroupID, Type: t, Owner: r.Owner, InfoSeq: 1, NextMsgSeq: 1, MaxMemberNum: t.DefaultMaxMembers(),
		ApplyJoinOption: rules.ApplyJoin, InviteJoinOption: rules.InviteJoin, HistoryBeforeJoin: rules.HistoryBeforeJoin,
		SupportTopic: t.Is(chat.Community) && r.SupportTopic,
	}
	if g.SupportTopic {
		g.EnablePermission, g.DefaultPermission = r.EnablePermission, r.DefaultPermission
	}
	if g.ID == "" {
		g.ID = chat.NewGroupID(t)
	} else if why := chat.CheckGroupID(g.ID, t); why != "" {
		return nil, chat.ErrParameter.Because("%s", why)
	}
	if r.Profile.Name == nil || *r.Profile.Name == "" {
		return nil, chat.ErrParameter.Because("Name is required")
	}
	if err := r.Profile.check(); err != nil {
		return nil, err
	}
	if err := checkInitialMembers(t, r.Members); err != nil {
		return nil, err
	}
	return g, r.Profile.apply(g)
}

// texts are what content filtering reads.
func (r *CreateRequest) texts() []*string {
	texts := []*string{r.Profile.Name, r.Profile.Introduction, r.Profile.Notification}
	for i := range r.Members {
		texts = append(texts, &r.Members[i].NameCard)
	}
	return texts
}

func checkInitialMembers(t chat.GroupType, members []NewMember) error {
	rules := t.Rules()
	switch {
	case len(members) == 0:
		return nil
	case !rules.MemberList:
		return chat.ErrNotPermitted.Because("users enter this type of group by themselves")
	case len(members) > chat.MaxInitialMembers:
		return chat.ErrTooManyAccounts.Because("MemberList has at most 100 entries")
	}
	for i := range members {
		if err := members[i].check(rules); err != nil {
			return err
		}
	}
	return nil
}

func (n *NewMember) check(rules chat.TypeRules) error {
	switch {
	case n.UserID == "":
		return chat.ErrParameter.Because("Member_Account is required")
	case n.Role != "" && n.Role != string(chat.RoleAdmin) && n.Role != string(chat.RoleMember):
		return chat.ErrParameter.Because("the Role of an initial member can only be Admin")
	case n.Role == string(chat.RoleAdmin) && !rules.Admins:
		return errNoAdmins
	case n.MsgFlag != "" && !chat.IsMsgFlag(n.MsgFlag):
		return chat.ErrParameter.Because("MsgFlag is unknown")
	case len(n.NameCard) > chat.MaxNameCardBytes:
		return chat.ErrParameter.Because("NameCard is longer than %d bytes", chat.MaxNameCardBytes)
	}
	return checkCustomData(n.AppDefinedData, chat.MaxMemberCustomKeys, chat.MaxMemberCustomValueBytes)
}

// initialMembers are the owner and those of the list who have an account.
func initialMembers(ctx context.Context, tx store.Tx, app *chat.App, g *chat.Group, r *CreateRequest) ([]chat.Member, error) {
	ids := []string{g.Owner}
	for _, m := range r.Members {
		ids = append(ids, m.UserID)
	}
	exists, err := tx.AccountsExisting(ctx, app.SDKAppID, chat.Unique(ids))
	if err != nil {
		return nil, err
	}
	var members []chat.Member
	if g.Owner != "" {
		if !exists[g.Owner] {
			return nil, chat.ErrUserNotFound.Because("Owner_Account")
		}
		members = append(members, newMember(g, g.Owner, chat.RoleOwner))
	}
	seen := map[string]bool{g.Owner: true}
	for _, n := range r.Members {
		if seen[n.UserID] || !exists[n.UserID] {
			continue
		}
		seen[n.UserID] = true
		members = append(members, n.member(g))
	}
	if g.MaxMemberNum > 0 && len(members) > g.MaxMemberNum {
		return nil, chat.ErrMemberLimit.Because("MemberList is longer than MaxMemberCount")
	}
	return members, nil
}

func newMember(g *chat.Group, userID string, role chat.Role) chat.Member {
	return chat.Member{
		UserID: userID, Role: role, JoinTime: g.CreateTime, ReadSeq: g.NextMsgSeq - 1, MsgFlag: g.Type.Rules().MsgFlag,
	}
}

// member is the stored form of an initial member; what was not given is as for
// everybody.
func (n *NewMember) member(g *chat.Group) chat.Member {
	m := newMember(g, n.UserID, chat.RoleMember)
	if n.Role == string(chat.RoleAdmin) {
		m.Role = chat.RoleAdmin
	}
	if !n.JoinTime.IsZero() && n.JoinTime.Before(m.JoinTime) {
		m.JoinTime = n.JoinTime
	}
	if n.MsgFlag != "" {
		m.MsgFlag = n.MsgFlag
	}
	m.NameCard, m.AppDefinedData, m.MuteUntil = n.NameCard, chat.MergeCustomData(nil, n.AppDefinedData), n.MuteUntil
	return m
}

func muteInitial(ctx context.Context, tx store.Tx, app *chat.App, g *chat.Group, members []chat.Member) error {
	for _, m := range members {
		if !chat.Muted(m.MuteUntil, tx.Now()) || !g.Type.Rules().Muting || app.IsAdministrator(m.UserID) {
			continue
		}
		if err := tx.SetMutes(ctx, g.Conversation, []string{m.UserID}, m.MuteUntil); err != nil {
			return err
		}
	}
	return nil
}
