package c2c

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// RecvOptions returns how the caller wants the messages of peers, in the order
// asked.
func (s *Service) RecvOptions(ctx context.Context, caller chat.Caller, peers []string) ([]chat.RecvOption, error) {
	if len(peers) > chat.MaxPeers {
		return nil, chat.ErrPairRequest.Because("at most %d peers are named", chat.MaxPeers)
	}
	options := make([]chat.RecvOption, len(peers))
	err := s.store.View(ctx, func(tx store.Tx) error {
		for i, peer := range peers {
			threads, err := store.Threads(ctx, tx, caller.App.SDKAppID, caller.UserID, peer)
			if err != nil {
				return err
			}
			if len(threads) > 0 {
				options[i] = threads[len(threads)-1].RecvOption
			}
		}
		return nil
	})
	return options, translate(err)
}

// SetRecvOption says how the caller wants the messages of peers. Those who do not
// exist are passed over.
func (s *Service) SetRecvOption(ctx context.Context, caller chat.Caller, peers []string, option chat.RecvOption) error {
	switch {
	case len(peers) == 0 || len(peers) > chat.MaxPeers:
		return chat.ErrPairRequest.Because("Peer_Account has 1 to %d entries", chat.MaxPeers)
	case option < chat.RecvNotify || option > chat.RecvNoPushExceptAt:
		return chat.ErrPairRequest.Because("Mute_Notifications is none of 0 to 3")
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		for _, peer := range peers {
			if err := setRecvOption(ctx, tx, caller, peer, option); err != nil {
				return err
			}
		}
		tx.Announce(event.RecvOptionChanged{Personal: event.PersonalOf(caller), Peers: peers, Option: option})
		return nil
	})
	return translate(err)
}

func setRecvOption(ctx context.Context, tx store.Tx, caller chat.Caller, peer string, option chat.RecvOption) error {
	app := caller.App.SDKAppID
	known, err := tx.Pair(ctx, app, caller.UserID, peer)
	if err != nil || !known.ReceiverExists {
		return err
	}
	if !known.Open { // what two users say to each other begins with what one of them does not want
		if err := tx.OpenPair(ctx, app, caller.UserID, peer); err != nil {
			return err
		}
	}
	threads, err := store.Threads(ctx, tx, app, caller.UserID, peer)
	if err != nil {
		return err
	}
	for i := range threads {
		c := &threads[i]
		c.RecvOption = option
		if err := tx.PutContact(ctx, app, caller.UserID, c); err != nil {
			return err
		}
		if c.Kind != chat.KindOfficial {
			continue
		}
		if err := tx.SetSubscriberFlag(ctx, c.Conversation, caller.UserID, option.MsgFlag()); err != nil {
			return err
		}
		tx.Announce(event.OfficialSubscribed{
			Official:    event.Official{Caller: caller, OfficialID: peer},
			Subscribers: []chat.Subscriber{{UserID: caller.UserID, MsgFlag: option.MsgFlag()}},
		})
	}
	return nil
}

// DoNotDisturb returns when the caller wants no offline pushes.
func (s *Service) DoNotDisturb(ctx context.Context, caller chat.Caller) (chat.DoNotDisturb, error) {
	var d chat.DoNotDisturb
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		d, err = tx.DoNotDisturb(ctx, caller.App.SDKAppID, caller.UserID)
		return err
	})
	return d, translate(err)
}

// SetDoNotDisturb says when the caller wants no offline pushes.
func (s *Service) SetDoNotDisturb(ctx context.Context, caller chat.Caller, d chat.DoNotDisturb) error {
	if d.Start < 0 || d.End < 0 || d.Level < 0 || d.Level > 2 {
		return chat.ErrPairRequest.Because("Level is none of 0 to 2, or a time is negative")
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.SetDoNotDisturb(ctx, caller.App.SDKAppID, caller.UserID, d); err != nil {
			return err
		}
		tx.Announce(event.DoNotDisturbChanged{Personal: event.PersonalOf(caller), When: d})
		return nil
	})
	return translate(err)
}

// ForgetNotices forgets stored notices of the caller.
func (s *Service) ForgetNotices(ctx context.Context, caller chat.Caller, ids []int64) error {
	if len(ids) > chat.MaxNotices {
		return chat.ErrPairRequest.Because("at most %d notices are named", chat.MaxNotices)
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		return tx.DeleteNotices(ctx, caller.App.SDKAppID, caller.UserID, ids)
	})
	return translate(err)
}
