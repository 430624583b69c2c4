package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// maxReceipts bounds how many messages one request acknowledges or asks about.
	maxReceipts = 50
	// maxReaders bounds a page of who has read a message.
	maxReaders = 200
)

// Receipt is how far one message has been read.
type Receipt struct {
	Seq int64
	// Read and Unread count members; the sender is in neither number.
	Read, Unread int
	// Err is set when nothing can be told of this message.
	Err *chat.Error
}

// Acknowledge stores that the caller has read messages that ask for receipts, and
// tells their senders. What asks for none, or is not there, is left out.
func (s *Service) Acknowledge(ctx context.Context, caller chat.Caller, groupID string, seqs []int64) error {
	if err := checkSeqs(groupID, seqs, maxReceipts); err != nil {
		return err
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, member, err := visitForReceipts(ctx, tx, caller, groupID)
		if err != nil {
			return err
		}
		asked, err := tx.MessagesAt(ctx, p.conversation, seqs)
		if err != nil {
			return err
		}
		var owed []int64
		for _, seq := range chat.Unique(seqs) {
			if m, ok := asked[seq]; ok && m.NeedReadReceipt && m.Place == chat.PlaceMessage && reads(member, &m) {
				owed = append(owed, seq)
			}
		}
		fresh, err := tx.AddReceipts(ctx, caller.App.SDKAppID, p.conversation, caller.UserID, owed)
		if err != nil || len(fresh) == 0 {
			return err
		}
		return s.tellReceipts(ctx, tx, caller, p, asked, fresh)
	})
	return translate(err)
}

// tellReceipts lets the app and the senders know of new acknowledgements.
func (s *Service) tellReceipts(ctx context.Context, tx store.Tx, caller chat.Caller, p place, asked map[int64]chat.Message, fresh []int64) error {
	members, readers, err := receiptsOf(ctx, tx, p, fresh)
	if err != nil {
		return err
	}
	e := event.GroupReceipts{Group: event.Group{Caller: caller, GroupID: p.group.ID, Type: p.group.Type, At: tx.Now()}}
	for _, seq := range fresh {
		m := asked[seq]
		r := count(&m, members, readers[seq])
		e.Receipts = append(e.Receipts, event.GroupReceipt{Message: &m, Read: r.Read, Unread: r.Unread, Readers: []string{caller.UserID}})
	}
	return store.Record(ctx, tx, s.hooks, caller.App, e)
}

// Receipts tells how far messages have been read, in the order asked.
func (s *Service) Receipts(ctx context.Context, caller chat.Caller, groupID string, seqs []int64) ([]Receipt, error) {
	if err := checkSeqs(groupID, seqs, maxReceipts); err != nil {
		return nil, err
	}
	var receipts []Receipt
	err := s.store.View(ctx, func(tx store.Tx) error {
		p, _, err := visitForReceipts(ctx, tx, caller, groupID)
		if err != nil {
			return err
		}
		asked, err := tx.MessagesAt(ctx, p.conversation, seqs)
		if err != nil {
			return err
		}
		members, readers, err := receiptsOf(ctx, tx, p, seqs)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			m, ok := asked[seq]
			if !ok || !m.NeedReadReceipt {
				receipts = append(receipts, Receipt{Seq: seq, Err: chat.ErrMessageNotFound})
				continue
			}
			receipts = append(receipts, count(&m, members, readers[seq]))
		}
		return nil
	})
	return receipts, translate(err)
}

// ReadersRequest selects who has read a message, or who has not.
type ReadersRequest struct {
	GroupID string
	Seq     int64
	// Unread wants those who have not read it.
	Unread bool
	// Offset is how many to leave out, Limit how many to return; at most 200 are.
	Offset, Limit int
}

// Readers lists who has read a message, or who has not, in the order of their
// names. more is set when the list goes on.
func (s *Service) Readers(ctx context.Context, caller chat.Caller, r ReadersRequest) (userIDs []string, more bool, err error) {
	switch err := checkSeqs(r.GroupID, []int64{r.Seq}, 1); {
	case err != nil:
		return nil, false, err
	case r.Limit < 1 || r.Offset < 0:
		return nil, false, chat.ErrParameter.Because("Num must be positive")
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		p, _, err := visitForReceipts(ctx, tx, caller, r.GroupID)
		if err != nil {
			return err
		}
		asked, err := tx.MessagesAt(ctx, p.conversation, []int64{r.Seq})
		if err != nil {
			return err
		}
		m, ok := asked[r.Seq]
		if !ok || !m.NeedReadReceipt {
			return chat.ErrMessageNotFound
		}
		members, readers, err := receiptsOf(ctx, tx, p, []int64{r.Seq})
		if err != nil {
			return err
		}
		list := readers[r.Seq]
		if r.Unread {
			list = owing(&m, members, list)
		}
		userIDs, more = cut(list, r.Offset, min(r.Limit, maxReaders))
		return nil
	})
	return userIDs, more, translate(err)
}

func cut(list []string, offset, limit int) (part []string, more bool) {
	list = list[min(offset, len(list)):]
	if len(list) > limit {
		return list[:limit], true
	}
	return list, false
}

// checkSeqs refuses what can be no list of messages of a group.
func checkSeqs(groupID string, seqs []int64, most int) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	if len(seqs) == 0 || len(seqs) > most {
		return chat.ErrParameter.Because("MsgSeqList has 1 to %d entries", most)
	}
	return nil
}

func visitForReceipts(ctx context.Context, tx store.Tx, caller chat.Caller, groupID string) (place, *chat.Member, error) {
	p, member, err := visit(ctx, tx, caller, groupID, "")
	if err == nil && !p.group.Type.Rules().Receipts {
		err = chat.ErrNotPermitted.Because("this type of group has no read receipts")
	}
	return p, member, err
}

// receiptsOf reads what numbers of receipts are made of. A message that asks for
// receipts was sent to few members, and those were the first to join.
func receiptsOf(ctx context.Context, tx store.Tx, p place, seqs []int64) ([]chat.Member, map[int64][]string, error) {
	members, _, err := tx.ListMembers(ctx, p.group.Conversation, store.MemberPage{Limit: chat.MaxReceiptGroupMembers})
	if err != nil {
		return nil, nil, err
	}
	readers, err := tx.ReceiptsOf(ctx, p.conversation, seqs)
	return members, readers, err
}

// reads reports whether a member is one of those whom a message was sent to.
func reads(member *chat.Member, m *chat.Message) bool {
	return member.UserID != m.Sender && m.AddressedTo(member.UserID) && !m.Time.Before(member.JoinTime)
}

// owing are the members who have not acknowledged a message.
func owing(m *chat.Message, members []chat.Member, readers []string) []string {
	var ids []string
	for i := range members {
		if _, read := slices.BinarySearch(readers, members[i].UserID); !read && reads(&members[i], m) {
			ids = append(ids, members[i].UserID)
		}
	}
	slices.Sort(ids)
	return ids
}

func count(m *chat.Message, members []chat.Member, readers []string) Receipt {
	return Receipt{Seq: m.Seq, Read: len(readers), Unread: len(owing(m, members, readers))}
}

// audience is how many members a message is sent to that asks for receipts.
func (s *sending) audience(ctx context.Context) (int, error) {
	if len(s.message.Receivers) == 0 {
		n := s.sender.MemberNum
		if s.sender.Role != chat.RoleNone {
			n--
		}
		return n, nil
	}
	var roles map[string]chat.Role
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		roles, err = tx.Roles(ctx, s.sender.Conversation, s.message.Receivers)
		return err
	})
	delete(roles, s.message.Sender)
	return len(roles), err
}

// unread says that nobody has read the message yet.
func (s *sending) unread(members int) event.GroupReceipts {
	return event.GroupReceipts{
		Group:    event.Group{Caller: s.caller, GroupID: s.request.GroupID, Type: s.sender.Type, At: s.message.Time},
		Receipts: []event.GroupReceipt{{Message: s.message, Unread: members}},
	}
}
