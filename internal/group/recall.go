package group

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// RecallRequest names messages to recall. Spec: groups#7.5
type RecallRequest struct {
	GroupID string
	TopicID string
	Seqs    []int64
	Reason  string
}

// Recall takes messages back and says for each what became of it; nil means
// recalled. The app's administrator recalls what he likes: recalling twice succeeds
// and fires its webhook once, as far as a group knows of the first time that stores
// no messages. A client's user recalls his own messages for some minutes, and all
// of them as owner or administrator of the group.
func (s *Service) Recall(ctx context.Context, caller chat.Caller, r RecallRequest) (map[int64]*chat.Error, error) {
	if err := checkID(r.GroupID); err != nil {
		return nil, err
	}
	switch {
	case len(r.Seqs) == 0 || len(r.Seqs) > chat.MaxRecallBatch:
		return nil, chat.ErrParameter.Because("MsgSeqList has 1 to 10 entries")
	case len(r.Reason) > chat.MaxRecallReasonBytes:
		return nil, chat.ErrParameter.Because("Reason is longer than 100 bytes")
	}
	var results map[int64]*chat.Error
	var done recalled
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, member, err := visit(ctx, tx, caller, r.GroupID, r.TopicID)
		if err != nil {
			return err
		}
		if results, done, err = s.recallable(ctx, tx, caller, p, member, r.Seqs); err != nil || len(done.seqs) == 0 {
			return err
		}
		how := chat.Recall{Revoker: caller.UserID, Reason: r.Reason, Time: tx.Now()}
		if err := tx.RecallMessages(ctx, p.conversation, done.seqs, how); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.GroupMessagesRecalled{
			Caller: caller, GroupID: p.group.ID, Type: p.group.Type, TopicID: r.TopicID, Operator: caller.UserID, Reason: r.Reason,
			Seqs: done.seqs, Messages: done.messages, At: tx.Now(),
		})
	})
	if err == nil {
		s.said.recall(done.conversation, done.messages)
	}
	return results, translate(err)
}

// recalled is what a request takes back that was not taken back before.
type recalled struct {
	conversation int64
	seqs         []int64
	// messages are those at seqs, in the same order. Of what is not stored nothing
	// but the number may be known.
	messages []chat.Message
}

// recallable sorts out which messages are there and which of them the caller may
// recall.
func (s *Service) recallable(ctx context.Context, tx store.Tx, caller chat.Caller, p place, member *chat.Member, seqs []int64) (map[int64]*chat.Error, recalled, error) {
	done := recalled{conversation: p.conversation}
	found, err := s.messagesAt(ctx, tx, p, seqs)
	if err != nil {
		return nil, done, err
	}
	results := make(map[int64]*chat.Error, len(seqs))
	for _, seq := range chat.Unique(seqs) {
		m, there := found[seq]
		switch {
		case !there:
			results[seq] = chat.ErrMessageNotFound
		case m.Tip != nil:
			results[seq] = chat.ErrNotRecallable
		case caller.Admin:
			results[seq] = nil
		default:
			results[seq] = mayRecall(member, &m, tx.Now())
		}
		if there && results[seq] == nil && m.Place != chat.PlaceRecalled {
			done.seqs, done.messages = append(done.seqs, seq), append(done.messages, m)
		}
	}
	return results, done, nil
}

// messagesAt finds messages. What a group does not store is there if its number was
// given out.
func (s *Service) messagesAt(ctx context.Context, tx store.Tx, p place, seqs []int64) (map[int64]chat.Message, error) {
	if p.group.Type.Rules().History {
		return tx.MessagesAt(ctx, p.conversation, seqs)
	}
	found := s.said.at(p.conversation, seqs)
	for _, seq := range seqs {
		if _, known := found[seq]; !known && seq > 0 && seq < p.nextSeq {
			found[seq] = chat.Message{Seq: seq}
		}
	}
	return found, nil
}

// mayRecall refuses a member who may not recall a message.
func mayRecall(member *chat.Member, m *chat.Message, now time.Time) *chat.Error {
	switch {
	case m.Sender != member.UserID && !manages(member):
		return chat.ErrNotRecaller
	case m.Place == chat.PlaceRecalled:
		return chat.ErrAlreadyRecalled
	case !manages(member) && now.Sub(m.Time) > chat.DefaultRecallWindow:
		return chat.ErrRecallTooLate
	}
	return nil
}

// maxRecalled bounds how many recalls are listed at a time.
const maxRecalled = 1000

// Recalled lists what was recalled in a group from one time to another, both
// included, first recalled first. If the list goes on, next is where.
func (s *Service) Recalled(ctx context.Context, caller chat.Caller, groupID string, from, until time.Time) (recalled []chat.Message, next time.Time, err error) {
	if err := checkID(groupID); err != nil {
		return nil, time.Time{}, err
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		p, _, err := visit(ctx, tx, caller, groupID, "")
		if err != nil {
			return err
		}
		recalled, err = tx.ListRecalled(ctx, p.conversation, store.RecallPage{From: from, Until: until, Limit: maxRecalled + 1})
		return err
	})
	if len(recalled) <= maxRecalled {
		return recalled, time.Time{}, translate(err)
	}
	// The next page begins at a time, so this one ends before it.
	next = recalled[maxRecalled].Recall.Time
	end := maxRecalled
	for end > 0 && recalled[end-1].Recall.Time.Equal(next) {
		end--
	}
	if end == 0 { // more at one time than a page holds: what does not fit is left out
		return recalled[:maxRecalled], next.Add(time.Millisecond), translate(err)
	}
	return recalled[:end], next, translate(err)
}
