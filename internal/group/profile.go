package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Profile is what can be set of a group; a nil field is left as it is.
// Spec: groups#2.1
type Profile struct {
	Name              *string
	Introduction      *string
	Notification      *string
	FaceURL           *string
	MaxMemberNum      *int
	ApplyJoinOption   *string
	InviteJoinOption  *string
	MuteAll           *string
	HistoryBeforeJoin *string
	EnablePermission  *bool
	DefaultPermission *int64
	AppDefinedData    []chat.KeyValue
}

// Update changes a group's profile. from, if not empty, is shown as who did it
// and must exist. Spec: groups#5.4
func (s *Service) Update(ctx context.Context, caller chat.Caller, groupID, from string, p *Profile) error {
	if err := checkID(groupID); err != nil { // which comes before all other checks
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderate(caller.App, p.Name, p.Introduction, p.Notification)
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if err := mustExist(ctx, e.tx, caller.App, from); err != nil {
			return err
		}
		if from != "" {
			e.operator = from
		}
		if err := e.mayChange(p); err != nil {
			return err
		}
		before := *e.group
		if err := p.apply(e.group); err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		if err := e.save(ctx); err != nil {
			return err
		}
		return e.changed(ctx, &before, p)
	})
}

// mayChange refuses what the caller or the group's type does not allow.
func (e *edit) mayChange(p *Profile) error {
	rights := e.rights()
	if p.Name != nil || p.Introduction != nil || p.Notification != nil || p.FaceURL != nil || p.AppDefinedData != nil {
		if err := e.require(rights.edit); err != nil {
			return err
		}
	}
	if p.MuteAll != nil {
		if err := e.require(rights.mute); err != nil {
			return err
		}
	}
	if p.MaxMemberNum != nil || p.ApplyJoinOption != nil || p.InviteJoinOption != nil || p.HistoryBeforeJoin != nil ||
		p.EnablePermission != nil || p.DefaultPermission != nil {
		if err := e.require(rights.options); err != nil {
			return err
		}
	}
	if err := e.require(rankMember); err != nil { // also if nothing is given
		return err
	}
	return p.allowed(e.group)
}

// changed tells everybody what is different now.
func (e *edit) changed(ctx context.Context, before *chat.Group, p *Profile) error {
	now := e.group
	shown := chat.GroupChange{
		Name: difference(before.Name, now.Name), Introduction: difference(before.Introduction, now.Introduction),
		Notification: difference(before.Notification, now.Notification), FaceURL: difference(before.FaceURL, now.FaceURL),
	}
	if shown.Name != nil || shown.Introduction != nil || shown.Notification != nil || shown.FaceURL != nil {
		if err := e.record(ctx, event.GroupInfoChanged{Group: e.event(), Change: shown}); err != nil {
			return err
		}
	}
	told := shown
	told.ApplyJoinOption = difference(before.ApplyJoinOption, now.ApplyJoinOption)
	told.InviteJoinOption = difference(before.InviteJoinOption, now.InviteJoinOption)
	told.MuteAll = difference(before.MuteAll, now.MuteAll)
	if !slices.Equal(before.AppDefinedData, now.AppDefinedData) {
		told.AppDefinedData = p.AppDefinedData
	}
	if told.Name == nil && told.Introduction == nil && told.Notification == nil && told.FaceURL == nil &&
		told.ApplyJoinOption == nil && told.InviteJoinOption == nil && told.MuteAll == nil && told.AppDefinedData == nil {
		return nil
	}
	return e.tip(ctx, chat.Tip{Type: chat.TipInfoChanged, Info: &told})
}

// difference is the new value of what changed, else nil.
func difference[T comparable](before, now T) *T {
	if before == now {
		return nil
	}
	return &now
}

// mustExist refuses an operator without an account; empty means none was named.
func mustExist(ctx context.Context, tx store.Tx, app *chat.App, userID string) error {
	if userID == "" || app.IsAdministrator(userID) {
		return nil
	}
	exists, err := tx.AccountsExisting(ctx, app.SDKAppID, []string{userID})
	if err == nil && !exists[userID] {
		return chat.ErrUserNotFound.Because("From_Account")
	}
	return err
}

// moderate refuses texts that hold one of the app's blocked words. They are not
// shown together, so each is looked at by itself.
func (s *Service) moderate(app *chat.App, texts ...*string) error {
	for _, text := range texts {
		if text == nil {
			continue
		}
		if err := s.guard.Content(app, *text); err != nil {
			return err
		}
	}
	return nil
}

// check refuses values that are right for no group.
func (p *Profile) check() error {
	if p.Name != nil && *p.Name == "" {
		return chat.ErrParameter.Because("Name cannot be empty")
	}
	for _, text := range []struct {
		value   *string
		most    int
		refusal *chat.Error
	}{
		{p.Name, chat.MaxGroupNameBytes, chat.ErrNameTooLong},
		{p.Introduction, chat.MaxGroupIntroductionBytes, chat.ErrIntroTooLong},
		{p.Notification, chat.MaxGroupNotificationBytes, errNotificationTooLong},
		{p.FaceURL, chat.MaxGroupFaceURLBytes, errFaceURLTooLong},
	} {
		if text.value != nil && len(*text.value) > text.most {
			return text.refusal
		}
	}
	if err := p.checkOptions(); err != nil {
		return err
	}
	if p.MaxMemberNum != nil && *p.MaxMemberNum < 1 {
		return chat.ErrParameter.Because("MaxMemberNum must be positive")
	}
	return checkCustomData(p.AppDefinedData, chat.MaxGroupCustomKeys, chat.MaxGroupCustomValueBytes)
}

var (
	errNotificationTooLong = chat.ErrParameter.Because("Notification is longer than %d bytes", chat.MaxGroupNotificationBytes)
	errFaceURLTooLong      = chat.ErrParameter.Because("FaceUrl is longer than %d bytes", chat.MaxGroupFaceURLBytes)
)

func (p *Profile) checkOptions() error {
	switch {
	case p.ApplyJoinOption != nil && !chat.IsJoinOption(*p.ApplyJoinOption):
		return chat.ErrParameter.Because("ApplyJoinOption is none of FreeAccess, NeedPermission, DisableApply")
	case p.InviteJoinOption != nil && !chat.IsInviteOption(*p.InviteJoinOption):
		return chat.ErrParameter.Because("InviteJoinOption is none of FreeAccess, NeedPermission, DisableInvite")
	case p.MuteAll != nil && !isOnOff(*p.MuteAll):
		return chat.ErrParameter.Because("MuteAllMember is neither On nor Off")
	case p.HistoryBeforeJoin != nil && !isOnOff(*p.HistoryBeforeJoin):
		return chat.ErrParameter.Because("HistoryMsgBeforeJoin is neither On nor Off")
	}
	return nil
}

const on = "On"

func isOnOff(s string) bool { return s == on || s == "Off" }

// allowed refuses what a group of g's type does not have.
func (p *Profile) allowed(g *chat.Group) error {
	rules := g.Type.Rules()
	switch {
	case p.MuteAll != nil && *p.MuteAll == on && !rules.Muting:
		return chat.ErrNotPermitted.Because("this type of group cannot be muted")
	case p.HistoryBeforeJoin != nil && !rules.HistorySwitch:
		return chat.ErrNotPermitted.Because("this type of group has no HistoryMsgBeforeJoin")
	case p.InviteJoinOption != nil && !rules.MemberList:
		return chat.ErrNotPermitted.Because("this type of group has no InviteJoinOption")
	case (p.EnablePermission != nil || p.DefaultPermission != nil) && !g.SupportTopic:
		return chat.ErrNotPermitted.Because("only a community with topics has permission groups")
	}
	return nil
}

// apply sets in g what is given. What g's type does not have is left as it is.
func (p *Profile) apply(g *chat.Group) error {
	rules := g.Type.Rules()
	set(&g.Name, p.Name)
	set(&g.Introduction, p.Introduction)
	set(&g.Notification, p.Notification)
	set(&g.FaceURL, p.FaceURL)
	set(&g.ApplyJoinOption, p.ApplyJoinOption)
	if rules.MemberList {
		set(&g.InviteJoinOption, p.InviteJoinOption)
	}
	if p.MuteAll != nil {
		g.MuteAll = *p.MuteAll == on
	}
	if p.HistoryBeforeJoin != nil {
		g.HistoryBeforeJoin = *p.HistoryBeforeJoin == on
	}
	if g.SupportTopic {
		set(&g.EnablePermission, p.EnablePermission)
		set(&g.DefaultPermission, p.DefaultPermission)
	}
	if v := p.MaxMemberNum; v != nil {
		if rules.MaxMembers > 0 && *v > rules.MaxMembers {
			return chat.ErrMemberLimit
		}
		g.MaxMemberNum = *v
	}
	g.AppDefinedData = chat.MergeCustomData(g.AppDefinedData, p.AppDefinedData)
	return checkCustomData(g.AppDefinedData, chat.MaxGroupCustomKeys, chat.MaxGroupCustomValueBytes)
}

// set stores a value that is given.
func set[T any](into, value *T) {
	if value != nil {
		*into = *value
	}
}
