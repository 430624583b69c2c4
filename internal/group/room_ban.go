package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
)

// Limits of a ban.
const (
	MaxBanned              = 20
	maxBanDescriptionBytes = 1000
)

// BanRequest keeps users out of an AVChatRoom. Spec: groups#11
type BanRequest struct {
	GroupID string
	UserIDs []string
	// Seconds is for how long, chat.MuteForever for ever. It is required.
	Seconds *uint32
	// Description is shown to those who are banned.
	Description string
}

// Ban takes users out of an AVChatRoom and keeps them out for a while. Users who are
// not in it can be banned too.
func (s *Service) Ban(ctx context.Context, caller chat.Caller, r BanRequest) error {
	if err := checkMembers(r.GroupID, "Members_Account", r.UserIDs, MaxBanned); err != nil {
		return err
	}
	switch {
	case r.Seconds == nil || *r.Seconds == 0:
		return chat.ErrParameter.Because("Duration is required")
	case len(r.Description) > maxBanDescriptionBytes:
		return chat.ErrParameter.Because("Description is longer than %d bytes", maxBanDescriptionBytes)
	}
	ids := chat.Unique(r.UserIDs)
	return s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		roles, err := e.bannable(ctx, ids)
		if err != nil {
			return err
		}
		exists, err := e.tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
		if err != nil {
			return err
		}
		if len(exists) == 0 {
			return chat.ErrUserNotFound.Because("Members_Account")
		}
		banned := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !exists[id] })
		if err := e.tx.SetBans(ctx, e.group.Conversation, banned, chat.MuteEnd(*r.Seconds, e.tx.Now())); err != nil {
			return err
		}
		inside := slices.DeleteFunc(banned, func(id string) bool { return roles[id] == "" })
		return e.expel(ctx, inside, r)
	})
}

// expel takes those who are banned out of the room, and tells them and the others.
func (e *edit) expel(ctx context.Context, ids []string, r BanRequest) error {
	if len(ids) == 0 {
		return nil
	}
	if err := e.dismiss(ctx, departure{ids: ids, removed: true, silent: true}); err != nil {
		return err
	}
	for _, id := range ids {
		n := chat.Notice{UserID: id, Type: chat.NoticeBanned, BanSeconds: int64(*r.Seconds), Remark: r.Description}
		if err := e.notice(ctx, false, n); err != nil {
			return err
		}
	}
	return e.tip(ctx, chat.Tip{Type: chat.TipBanned}, ids...)
}

// bannable returns the roles of users, if the caller may keep them out.
func (e *edit) bannable(ctx context.Context, ids []string) (map[string]chat.Role, error) {
	if !e.inRoom() {
		return nil, errNoRoom
	}
	if err := e.require(e.rights().remove); err != nil {
		return nil, err
	}
	roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if id == e.group.Owner || e.caller.App.IsAdministrator(id) {
			return nil, chat.ErrNotPermitted.Because("the owner and administrators of the app cannot be banned")
		}
		if err := e.above(roles[id]); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// Unban lets users enter an AVChatRoom again; those who are not banned count as let
// in. Spec: groups#11
func (s *Service) Unban(ctx context.Context, caller chat.Caller, groupID string, userIDs []string) error {
	if err := checkMembers(groupID, "Members_Account", userIDs, MaxBanned); err != nil {
		return err
	}
	ids := chat.Unique(userIDs)
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if _, err := e.bannable(ctx, ids); err != nil {
			return err
		}
		bans, err := e.tx.Bans(ctx, e.group.Conversation, ids)
		if err != nil || len(bans) == 0 {
			return err
		}
		if err := e.tx.SetBans(ctx, e.group.Conversation, ids, 0); err != nil {
			return err
		}
		banned := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return bans[id] == 0 })
		return e.tip(ctx, chat.Tip{Type: chat.TipUnbanned}, banned...)
	})
}

// notBanned refuses callers who are kept out of the room.
func (e *edit) notBanned(ctx context.Context) error {
	bans, err := e.tx.Bans(ctx, e.group.Conversation, []string{e.caller.UserID})
	if err == nil && len(bans) > 0 {
		return chat.ErrBanned
	}
	return err
}
