package c2c

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Said is a message as one of two users sees it.
type Said struct {
	chat.Message

	// From and To are sender and receiver.
	From, To string
	// PeerRead reports whether the receiver acknowledged a message of the caller.
	PeerRead bool
}

// HistoryRequest selects messages of the caller and a peer.
type HistoryRequest struct {
	Peer string
	// Limit is how many are wanted, at most chat.MaxPairPage.
	Limit int
	// Key, if not empty, names the message at which the page begins; it is not part
	// of the page.
	Key string
	// Time, without a key, is the Unix time in seconds at which the page begins,
	// included; 0 is the end of the conversation.
	Time int64
	// Newer asks for what came after instead of before.
	Newer bool
	// Recalled keeps messages that were recalled.
	Recalled bool
}

// History is one page of messages.
type History struct {
	// Messages are in the order in which they were sent.
	Messages []Said
	// Complete means that there is nothing further in the direction asked for.
	Complete bool
	// Persons are the senders.
	Persons map[string]chat.Person
}

// History returns stored messages that the caller has neither hidden nor cleared.
func (s *Service) History(ctx context.Context, caller chat.Caller, r HistoryRequest) (History, error) {
	if r.Peer == "" {
		return History{}, chat.ErrPairRequest.Because("Peer_Account is required")
	}
	if r.Limit < 1 {
		r.Limit = 1
	}
	r.Limit = min(r.Limit, chat.MaxPairPage)
	var h History
	err := s.store.View(ctx, func(tx store.Tx) error {
		b := &browsing{ctx: ctx, tx: tx, caller: caller, request: r}
		if err := b.open(); err != nil {
			return err
		}
		found, err := b.read()
		if err != nil {
			return err
		}
		h.Complete = len(found) <= r.Limit
		found = found[:min(len(found), r.Limit)]
		if !r.Newer {
			slices.Reverse(found)
		}
		if h.Messages, err = b.present(found); err != nil {
			return err
		}
		h.Persons, err = senders(ctx, tx, caller.App.SDKAppID, h.Messages)
		return err
	})
	return h, translate(err)
}

// senders reads how those who sent are shown.
func senders(ctx context.Context, tx store.Tx, app chat.SDKAppID, said []Said) (map[string]chat.Person, error) {
	ids := make([]string, 0, len(said))
	for i := range said {
		ids = append(ids, said[i].From)
	}
	return tx.Persons(ctx, app, chat.Unique(ids))
}

// browsing is one page of history that is being read.
type browsing struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call
	tx      store.Tx
	caller  chat.Caller
	request HistoryRequest
	threads []store.Contact
}

// placed is a message of one of the threads.
type placed struct {
	conversation int64
	message      chat.Message
}

// open finds what the conversation is made of.
func (b *browsing) open() (err error) {
	app, peer := b.caller.App.SDKAppID, b.request.Peer
	if b.threads, err = store.Threads(b.ctx, b.tx, app, b.caller.UserID, peer); err != nil || !strings.HasPrefix(peer, chat.OfficialPrefix) {
		return err
	}
	if slices.ContainsFunc(b.threads, func(c store.Contact) bool { return c.Kind == chat.KindOfficial }) {
		return nil
	}
	// Who owns an account sees what it says, subscriber or not.
	o, err := b.tx.Official(b.ctx, app, peer)
	if err == nil && o.Owner == b.caller.UserID {
		b.threads = append(b.threads, store.Contact{Conversation: o.Conversation, Kind: chat.KindOfficial, Name: peer, Owned: true})
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// read returns up to one message more than the page holds, beginning at the place
// asked for.
func (b *browsing) read() ([]placed, error) {
	begin, err := b.begin()
	if err != nil {
		return nil, err
	}
	var all []placed
	for i := range b.threads {
		c := &b.threads[i]
		found, err := b.readThread(c, begin[c.Conversation])
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(x, y placed) int {
		if b.request.Newer {
			return order(x, y)
		}
		return order(y, x)
	})
	return all, nil
}

// order is that of the messages of all threads.
func order(x, y placed) int {
	return cmp.Or(x.message.Time.Compare(y.message.Time), cmp.Compare(x.conversation, y.conversation), cmp.Compare(x.message.Seq, y.message.Seq))
}

// begin returns for each thread the last message before the page: behind it begins
// what is newer, and with it what is older.
func (b *browsing) begin() (map[int64]int64, error) {
	if b.request.Key != "" {
		return b.beginAtKey()
	}
	begin := make(map[int64]int64, len(b.threads))
	for _, c := range b.threads {
		var err error
		switch {
		case b.request.Newer:
			begin[c.Conversation], err = b.tx.SeqAt(b.ctx, c.Conversation, store.EndOfSecond(b.request.Time-1))
		case b.request.Time == 0:
			begin[c.Conversation] = math.MaxInt64
		default:
			begin[c.Conversation], err = b.tx.SeqAt(b.ctx, c.Conversation, store.EndOfSecond(b.request.Time))
		}
		if err != nil {
			return nil, err
		}
	}
	return begin, nil
}

func (b *browsing) beginAtKey() (map[int64]int64, error) {
	key, err := chat.ParsePairKey(b.request.Key)
	if err != nil {
		return nil, err
	}
	at, err := b.find(key)
	if err != nil {
		return nil, err
	}
	begin := make(map[int64]int64, len(b.threads))
	for _, c := range b.threads {
		switch until := at.message.Time; {
		case c.Conversation == at.conversation && b.request.Newer:
			begin[c.Conversation] = at.message.Seq
			continue
		case c.Conversation == at.conversation:
			begin[c.Conversation] = at.message.Seq - 1
			continue
		case c.Conversation > at.conversation: // those of the same moment come after it
			at.message.Time = until.Add(-time.Millisecond)
		}
		if begin[c.Conversation], err = b.tx.SeqAt(b.ctx, c.Conversation, at.message.Time); err != nil {
			return nil, err
		}
	}
	return begin, nil
}

// find returns the message of a key. Of one that is gone its time remains.
func (b *browsing) find(key chat.PairKey) (placed, error) {
	for _, c := range b.threads {
		m, err := store.FindPairMessage(b.ctx, b.tx, c.Conversation, key)
		if err == nil {
			return placed{c.Conversation, *m}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return placed{}, err
		}
	}
	gone := placed{message: chat.Message{Time: time.Unix(key.Time, 0)}}
	if b.request.Newer {
		gone.message.Time = store.EndOfSecond(key.Time)
	}
	return gone, nil
}

// readThread reads one message more than a page holds, if there are as many.
func (b *browsing) readThread(c *store.Contact, at int64) ([]placed, error) {
	var found []placed
	for most := b.request.Limit + 1; len(found) < most; {
		page, err := b.page(c, at, most)
		if err != nil {
			return nil, err
		}
		visible, err := b.visible(c, page)
		if err != nil {
			return nil, err
		}
		found = append(found, visible...)
		if len(page) < most {
			break
		}
		if at = page[len(page)-1].Seq; !b.request.Newer {
			at--
		}
	}
	return found, nil
}

func (b *browsing) page(c *store.Contact, at int64, limit int) ([]chat.Message, error) {
	if b.request.Newer {
		return b.tx.MessagesAfter(b.ctx, c.Conversation, max(at, c.ClearedSeq), limit)
	}
	seen, err := b.tx.NewestMessages(b.ctx, c.Conversation, at, limit)
	page := make([]chat.Message, 0, len(seen))
	for _, s := range seen {
		if s.Message.Seq > c.ClearedSeq {
			page = append(page, s.Message)
		}
	}
	return page, err
}

// visible leaves out what the caller has hidden.
func (b *browsing) visible(c *store.Contact, page []chat.Message) ([]placed, error) {
	if len(page) == 0 {
		return nil, nil
	}
	first, last := page[0].Seq, page[len(page)-1].Seq
	hidden, err := b.tx.HiddenMessages(b.ctx, c.Conversation, b.caller.UserID, min(first, last), max(first, last))
	if err != nil {
		return nil, err
	}
	var kept []placed
	for _, m := range page {
		_, isHidden := slices.BinarySearch(hidden, m.Seq)
		if isHidden || (m.Place == chat.PlaceRecalled && !b.request.Recalled) {
			continue
		}
		own(c, b.caller.UserID, &m)
		kept = append(kept, placed{c.Conversation, m})
	}
	return kept, nil
}

// present says of each message whose it was and whether it was acknowledged.
func (b *browsing) present(page []placed) ([]Said, error) {
	asked := make(map[int64][]int64)
	said := make([]Said, 0, len(page))
	for _, p := range page {
		s := says(p.message, b.caller.UserID, b.request.Peer)
		if p.message.NeedReadReceipt && s.From == b.caller.UserID {
			asked[p.conversation] = append(asked[p.conversation], p.message.Seq)
		}
		said = append(said, s)
	}
	for conversation, seqs := range asked {
		readers, err := b.tx.ReceiptsOf(b.ctx, conversation, seqs)
		if err != nil {
			return nil, err
		}
		for i, p := range page {
			said[i].PeerRead = said[i].PeerRead || (p.conversation == conversation && len(readers[p.message.Seq]) > 0)
		}
	}
	return said, nil
}

// own makes a broadcast that the owner of the account sent with a client his own, as
// which that client knows it.
func own(c *store.Contact, userID string, m *chat.Message) {
	if c.Owned && m.ClientSeq != 0 {
		m.Sender = userID
	}
}

// says completes a message with its receiver.
func says(m chat.Message, userID, peer string) Said {
	s := Said{Message: m, From: m.Sender, To: userID}
	if m.Sender == userID {
		s.To = peer
	}
	return s
}
