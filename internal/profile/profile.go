package profile

import (
	"context"
	"maps"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Get returns the profiles of those of up to 100 users and official accounts who
// exist, by UserID.
func (s *Service) Get(ctx context.Context, caller chat.Caller, ids []string) (map[string]*chat.Profile, error) {
	switch {
	case len(ids) == 0:
		return nil, chat.ErrProfileNoAccount
	case len(ids) > chat.MaxAccountBatch:
		return nil, chat.ErrProfileParameter.Because("more than %d accounts", chat.MaxAccountBatch)
	}
	var found map[string]*chat.Profile
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.Profiles(ctx, caller.App.SDKAppID, ids)
		return err
	})
	return found, err
}

// Set changes fields of an account's profile, all or none. Users change their own,
// and not what only administrators write.
func (s *Service) Set(ctx context.Context, caller chat.Caller, userID string, fields []chat.Field) error {
	if err := check(caller, userID, fields); err != nil {
		return err
	}
	app := caller.App.SDKAppID
	return s.store.Update(ctx, func(tx store.Tx) error {
		found, err := tx.Profiles(ctx, app, []string{userID})
		if err != nil {
			return err
		}
		p := found[userID]
		if p == nil {
			return chat.ErrProfileAccount
		}
		if err := apply(p, fields); err != nil {
			return err
		}
		if err := tx.PutProfile(ctx, app, p); err != nil {
			return err
		}
		friends, err := tx.ListedBy(ctx, app, userID, chat.MaxFriends)
		if err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.ProfileChanged{
			Caller: caller, UserID: userID, Fields: fields, Friends: friends, At: tx.Now(),
		})
	})
}

func check(caller chat.Caller, userID string, fields []chat.Field) error {
	switch {
	case chat.CheckUserID(userID) != "":
		return chat.ErrProfileAccount
	case !caller.Admin && caller.UserID != userID:
		return chat.ErrProfileNotPermitted
	case len(fields) == 0:
		return chat.ErrProfileParameter.Because("ProfileItem is empty")
	case len(fields) > chat.MaxProfileItems:
		return chat.ErrProfileParameter.Because("more than %d fields", chat.MaxProfileItems)
	}
	for _, f := range fields {
		if f.Tag == chat.TagAdminForbidType && !caller.Admin {
			return chat.ErrProfileReadOnly.Because("%s", f.Tag)
		}
	}
	return nil
}

// apply writes fields into a profile. Empty texts are what fields hold that are not
// set, so they are not kept.
func apply(p *chat.Profile, fields []chat.Field) error {
	p.Fields = maps.Clone(p.Fields)
	if p.Fields == nil {
		p.Fields = make(map[string]any, len(fields))
	}
	for _, f := range fields {
		text, _ := f.Value.(string)
		switch {
		case f.Tag == chat.TagNick:
			p.Nick = text
		case f.Tag == chat.TagFaceURL:
			p.FaceURL = text
		case f.Value == "":
			delete(p.Fields, f.Tag)
		default:
			p.Fields[f.Tag] = f.Value
		}
	}
	custom := 0
	for tag := range p.Fields {
		if chat.IsCustomProfileTag(tag) {
			custom++
		}
	}
	if custom > chat.MaxCustomFields {
		return chat.ErrProfileTag.Because("a profile has at most %d custom fields", chat.MaxCustomFields)
	}
	return nil
}
