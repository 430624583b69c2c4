package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// HistoryRequest selects messages, newest first. Spec: groups#8.1
type HistoryRequest struct {
	GroupID string
	TopicID string
	// Number is how many are wanted; at most 20 are returned.
	Number int
	// Seq is the largest sequence number wanted; 0 means the newest.
	Seq int64
}

// Completeness says whether a page holds all that was asked for.
type Completeness int

// The values of IsFinished.
const (
	Cut Completeness = iota
	Complete
	Expired
)

// History is one page of messages.
type History struct {
	Messages []chat.Message
	Finished Completeness
}

// History returns stored messages.
func (s *Service) History(ctx context.Context, caller chat.Caller, r HistoryRequest) (History, error) {
	if err := checkID(r.GroupID); err != nil {
		return History{}, err
	}
	switch {
	case r.Number < 1:
		return History{}, chat.ErrParameter.Because("ReqMsgNumber must be positive")
	case r.Seq < 0:
		return History{}, chat.ErrParameter.Because("ReqMsgSeq must not be negative")
	}
	var h History
	err := s.store.View(ctx, func(tx store.Tx) error {
		p, err := findPlace(ctx, tx, caller.App, r.GroupID, r.TopicID)
		switch {
		case err != nil:
			return err
		case !p.group.Type.Rules().History:
			return chat.ErrNoHistory
		}
		h.Messages, err = tx.ListMessages(ctx, p.conversation, store.MessagePage{Before: r.Seq, Limit: min(r.Number, chat.MaxHistoryPage)})
		h.Finished = finished(r, p, h.Messages)
		return err
	})
	return h, translate(err)
}

// finished compares what was found with the range that was asked for.
func finished(r HistoryRequest, p place, found []chat.Message) Completeness {
	newest := p.nextSeq - 1
	if r.Seq > 0 {
		newest = min(newest, r.Seq)
	}
	wanted := min(int64(r.Number), newest)
	switch {
	case int64(len(found)) >= wanted:
		return Complete
	case len(found) == chat.MaxHistoryPage:
		return Cut
	}
	return Expired
}
