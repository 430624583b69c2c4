package c2c

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// ReadRequest says up to when the caller has read what a peer said.
type ReadRequest struct {
	Peer string
	// Until is a Unix time in seconds.
	Until int64
}

// Read raises the caller's read positions.
func (s *Service) Read(ctx context.Context, caller chat.Caller, reads []ReadRequest) error {
	if len(reads) > chat.MaxPeers {
		return chat.ErrPairRequest.Because("at most %d peers are named", chat.MaxPeers)
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		for _, r := range reads {
			if err := s.read(ctx, tx, caller, r, false); err != nil {
				return err
			}
		}
		return nil
	})
	return translate(err)
}

// read raises one read position; together says that it is one of many.
func (s *Service) read(ctx context.Context, tx store.Tx, caller chat.Caller, r ReadRequest, together bool) error {
	r.Until = min(r.Until, tx.Now().Unix())
	raised, err := raise(ctx, tx, caller, r)
	if err != nil || !raised {
		return err
	}
	n, err := unread(ctx, tx, caller.App, caller.UserID, afterRead)
	if err != nil {
		return err
	}
	return store.Record(ctx, tx, s.hooks, caller.App, event.PairRead{
		Caller: caller, UserID: caller.UserID, Peer: r.Peer, Until: r.Until, Unread: n, At: tx.Now(), Together: together,
	})
}

// raise stores what the caller has read, and reports whether that was news.
func raise(ctx context.Context, tx store.Tx, caller chat.Caller, r ReadRequest) (raised bool, err error) {
	app := caller.App.SDKAppID
	threads, err := store.Threads(ctx, tx, app, caller.UserID, r.Peer)
	if err != nil {
		return false, err
	}
	for i := range threads {
		c := &threads[i]
		seq, err := tx.SeqAt(ctx, c.Conversation, store.EndOfSecond(r.Until))
		if err != nil {
			return false, err
		}
		if seq <= c.ReadSeq {
			continue
		}
		c.ReadSeq, c.ReadTime, raised = seq, max(c.ReadTime, r.Until), true
		if err := tx.PutContact(ctx, app, caller.UserID, c); err != nil {
			return false, err
		}
	}
	return raised, nil
}

// Reading everything takes transactions of so many peers, and so many of those.
const (
	readBatch      = 100
	maxReadBatches = 100
)

// ReadAll raises the caller's read positions of all peers to the newest message.
func (s *Service) ReadAll(ctx context.Context, caller chat.Caller) error {
	for range maxReadBatches {
		again := false
		err := s.store.Update(ctx, func(tx store.Tx) error {
			list, err := tx.UnreadPairs(ctx, caller.App.SDKAppID, caller.UserID)
			if err != nil {
				return err
			}
			again = len(list) > readBatch
			if again {
				list = list[:readBatch]
			}
			for _, u := range list {
				if err := s.read(ctx, tx, caller, ReadRequest{Peer: u.Name, Until: tx.Now().Unix()}, true); err != nil {
					return err
				}
			}
			if !again {
				tx.Announce(event.AllPairsRead{Personal: event.PersonalOf(caller)})
			}
			return nil
		})
		if err != nil || !again {
			return translate(err)
		}
	}
	return nil
}

// PeerReadTimes returns up to when each of the peers has read what the caller said,
// as Unix times in seconds.
func (s *Service) PeerReadTimes(ctx context.Context, caller chat.Caller, peers []string) ([]int64, error) {
	if len(peers) > chat.MaxPeers {
		return nil, chat.ErrPairRequest.Because("at most %d peers are named", chat.MaxPeers)
	}
	times := make([]int64, len(peers))
	err := s.store.View(ctx, func(tx store.Tx) error {
		for i, peer := range peers {
			c, err := tx.Contact(ctx, caller.App.SDKAppID, caller.UserID, chat.PairConversation(caller.UserID, peer))
			switch {
			case errors.Is(err, store.ErrNotFound):
			case err != nil:
				return err
			default:
				times[i] = c.PeerReadTime
			}
		}
		return nil
	})
	return times, translate(err)
}

// Acknowledge tells a peer that the caller has read single messages of his.
func (s *Service) Acknowledge(ctx context.Context, caller chat.Caller, peer string, keys []chat.PairKey) error {
	if len(keys) == 0 || len(keys) > chat.MaxPairKeys {
		return chat.ErrPairRequest.Because("C2CMsgInfo has 1 to %d entries", chat.MaxPairKeys)
	}
	app := caller.App.SDKAppID
	err := s.store.Update(ctx, func(tx store.Tx) error {
		c, err := pair(ctx, tx, caller, peer)
		if err != nil {
			return err
		}
		found := make(map[int64]*chat.Message)
		var seqs []int64
		for _, key := range keys {
			m, err := message(ctx, tx, c, key)
			if errors.Is(err, chat.ErrPairMessageUnknown) {
				continue
			}
			if err != nil {
				return err
			}
			if m.Sender == peer && m.NeedReadReceipt && m.Place == chat.PlaceMessage {
				found[m.Seq], seqs = m, append(seqs, m.Seq)
			}
		}
		fresh, err := tx.AddReceipts(ctx, app, c.Conversation, caller.UserID, seqs)
		if err != nil || len(fresh) == 0 {
			return err
		}
		e := event.PairReceipts{Caller: caller, UserID: caller.UserID, Peer: peer, At: tx.Now()}
		for _, seq := range fresh {
			e.Messages = append(e.Messages, *found[seq])
		}
		return store.Record(ctx, tx, s.hooks, caller.App, e)
	})
	return translate(err)
}
