package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
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
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		if err := mustExist(ctx, tx, caller.App, from); err != nil {
			return err
		}
		if p.Name != nil && *p.Name == "" {
			return chat.ErrParameter.Because("Name cannot be empty")
		}
		if err := s.applyProfile(caller.App, g, p); err != nil {
			return err
		}
		g.InfoSeq++
		g.LastInfoTime = tx.Now()
		return tx.UpdateGroup(ctx, g)
	})
	return translate(err)
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

// applyProfile checks what is given and sets it in g.
func (s *Service) applyProfile(app *chat.App, g *chat.Group, p *Profile) error {
	texts := []struct {
		value *string
		most  int
		what  string
		into  *string
	}{
		{p.Name, chat.MaxGroupNameBytes, "group name is too long", &g.Name},
		{p.Introduction, chat.MaxGroupIntroductionBytes, "introduction is too long", &g.Introduction},
		{p.Notification, chat.MaxGroupNotificationBytes, "notification is too long", &g.Notification},
		{p.FaceURL, chat.MaxGroupFaceURLBytes, "face url is too long", &g.FaceURL},
	}
	for _, t := range texts {
		if t.value == nil {
			continue
		}
		if len(*t.value) > t.most {
			return chat.ErrParameter.Because("%s", t.what)
		}
		*t.into = *t.value
	}
	for _, t := range texts[:3] {
		if t.value == nil {
			continue
		}
		if err := s.guard.Content(app, *t.value); err != nil {
			return err
		}
	}
	if err := applyOptions(g, p); err != nil {
		return err
	}
	return applyLimits(g, p)
}

func applyOptions(g *chat.Group, p *Profile) error {
	if v := p.ApplyJoinOption; v != nil {
		if !chat.IsJoinOption(*v) {
			return chat.ErrParameter.Because("ApplyJoinOption is none of FreeAccess, NeedPermission, DisableApply")
		}
		g.ApplyJoinOption = *v
	}
	if v := p.InviteJoinOption; v != nil {
		if !chat.IsInviteOption(*v) {
			return chat.ErrParameter.Because("InviteJoinOption is none of FreeAccess, NeedPermission, DisableInvite")
		}
		g.InviteJoinOption = *v
	}
	if v := p.MuteAll; v != nil {
		on, err := onOff("MuteAllMember", *v)
		if err != nil {
			return err
		}
		if on && !g.Type.Rules().Muting {
			return chat.ErrNotPermitted.Because("this type of group cannot be muted")
		}
		g.MuteAll = on
	}
	if v := p.HistoryBeforeJoin; v != nil {
		on, err := onOff("HistoryMsgBeforeJoin", *v)
		if err != nil {
			return err
		}
		if !g.Type.Rules().HistorySwitch {
			return chat.ErrNotPermitted.Because("this type of group has no HistoryMsgBeforeJoin")
		}
		g.HistoryBeforeJoin = on
	}
	return nil
}

func onOff(name, value string) (bool, error) {
	switch value {
	case "On":
		return true, nil
	case "Off":
		return false, nil
	}
	return false, chat.ErrParameter.Because("%s is neither On nor Off", name)
}

func applyLimits(g *chat.Group, p *Profile) error {
	if v := p.MaxMemberNum; v != nil {
		most := g.Type.Rules().MaxMembers
		switch {
		case *v < 1:
			return chat.ErrParameter.Because("MaxMemberNum must be positive")
		case most > 0 && *v > most:
			return chat.ErrMemberLimit
		}
		g.MaxMemberNum = *v
	}
	if p.EnablePermission != nil {
		g.EnablePermission = *p.EnablePermission
	}
	if p.DefaultPermission != nil {
		g.DefaultPermission = *p.DefaultPermission
	}
	if p.AppDefinedData == nil {
		return nil
	}
	merged := chat.MergeCustomData(g.AppDefinedData, p.AppDefinedData)
	if why := chat.CheckCustomData(merged, chat.MaxGroupCustomKeys, chat.MaxGroupCustomValueBytes); why != "" {
		return chat.ErrParameter.Because("%s", why)
	}
	g.AppDefinedData = merged
	return nil
}
