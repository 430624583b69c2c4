package official

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// CreateRequest describes a new official account. Spec: official#4.1
type CreateRequest struct {
	// ID is chosen by the server if empty.
	ID           string
	Owner        string
	Name         string
	Introduction string
	FaceURL      string
	Organization string
	CustomString string
	// MaxSubscriber is 100,000 if nil.
	MaxSubscriber *int
}

// Create makes an official account. Its owner is no subscriber by that.
func (s *Service) Create(ctx context.Context, caller chat.Caller, r CreateRequest) (*chat.OfficialAccount, error) {
	o := &chat.OfficialAccount{
		ID: r.ID, Owner: r.Owner, Name: r.Name, Introduction: r.Introduction, FaceURL: r.FaceURL, Organization: r.Organization,
		CustomString: r.CustomString, MaxSubscriber: chat.DefaultMaxSubscribers, CreateTime: s.clock(),
	}
	if r.MaxSubscriber != nil {
		o.MaxSubscriber = *r.MaxSubscriber
	}
	if err := check(o); err != nil {
		return nil, err
	}
	if o.ID == "" {
		o.ID = chat.NewOfficialID()
	} else if why := chat.CheckOfficialID(o.ID); why != "" {
		return nil, chat.ErrOfficialID.Because("%s", why)
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderate(caller.App, o.Name, o.Introduction, o.Organization)
	err := s.store.Update(ctx, func(tx store.Tx) error {
		exists, err := tx.AccountsExisting(ctx, caller.App.SDKAppID, []string{o.Owner})
		if err != nil {
			return err
		}
		if !exists[o.Owner] {
			return chat.ErrOfficialOwner
		}
		if _, err := tx.Official(ctx, caller.App.SDKAppID, o.ID); err == nil {
			return chat.ErrOfficialIDTaken
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if blocked != nil {
			return blocked
		}
		return tx.CreateOfficial(ctx, caller.App.SDKAppID, o)
	})
	if err != nil {
		return nil, internal(err)
	}
	return o, nil
}

// check refuses parameters that are missing or too long.
func check(o *chat.OfficialAccount) error {
	switch {
	case o.Owner == "":
		return chat.ErrOfficialParameter.Because("Owner_Account is required")
	case o.Name == "":
		return chat.ErrOfficialParameter.Because("Name is required")
	case o.MaxSubscriber < 1:
		return chat.ErrOfficialParameter.Because("MaxSubscriberNum must be positive")
	}
	for _, t := range []struct {
		name, value string
		most        int
	}{
		{"Name", o.Name, chat.MaxOfficialNameBytes},
		{"Introduction", o.Introduction, chat.MaxOfficialIntroductionBytes},
		{"FaceUrl", o.FaceURL, chat.MaxOfficialFaceURLBytes},
		{"Organization", o.Organization, chat.MaxOfficialOrganizationBytes},
		{"CustomString", o.CustomString, chat.MaxOfficialCustomBytes},
	} {
		if len(t.value) > t.most {
			return chat.ErrOfficialParameter.Because("%s is longer than %d bytes", t.name, t.most)
		}
	}
	return nil
}

// moderate refuses texts that hold one of the app's blocked words. They are not
// shown together, so each is looked at by itself.
func (s *Service) moderate(app *chat.App, texts ...string) error {
	for _, text := range texts {
		if err := s.guard.Content(app, text); err != nil {
			return err
		}
	}
	return nil
}

// Info is an official account, or why there is none.
type Info struct {
	ID      string
	Account *chat.OfficialAccount
	Err     *chat.Error
}

// Get reads official accounts, in the order asked. Spec: official#4.4
func (s *Service) Get(ctx context.Context, caller chat.Caller, ids []string) ([]Info, error) {
	if len(ids) == 0 || len(ids) > chat.MaxOfficialBatch {
		return nil, chat.ErrOfficialParameter.Because("OfficialAccountIdList has 1 to 50 entries")
	}
	if slices.Contains(ids, "") {
		return nil, errNoID
	}
	infos := make([]Info, 0, len(ids))
	err := s.store.View(ctx, func(tx store.Tx) error {
		for _, id := range ids {
			o, err := find(ctx, tx, caller.App, id)
			info := Info{ID: id, Account: o}
			if err != nil {
				refusal, ok := errors.AsType[*chat.Error](err)
				if !ok {
					return err
				}
				info.Err = refusal
			}
			infos = append(infos, info)
		}
		return nil
	})
	return infos, internal(err)
}

// Destroy removes an official account with its subscriptions. Spec: official#4.2
func (s *Service) Destroy(ctx context.Context, caller chat.Caller, id string) error {
	if id == "" {
		return errNoID
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		o, err := find(ctx, tx, caller.App, id)
		if err != nil {
			return err
		}
		tx.Announce(event.OfficialDestroyed{Official: event.Official{Caller: caller, OfficialID: id}})
		return tx.DeleteOfficial(ctx, o)
	})
	return internal(err)
}
