package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// users imports accounts.
func (f *fixture) users(ids ...string) {
	f.Helper()
	list := make([]chat.AccountUpdate, 0, len(ids))
	for _, id := range ids {
		list = append(list, chat.AccountUpdate{UserID: id})
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutAccounts(ctx, app, list) })
}

func (f *fixture) pair(a, b string) store.Pair {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (store.Pair, error) { return tx.Pair(ctx, app, a, b) })
}

// openPair makes the conversation of two users who exist.
func (f *fixture) openPair(a, b string) store.Pair {
	f.Helper()
	f.users(a, b)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.OpenPair(ctx, app, a, b) })
	return f.pair(a, b)
}

// say sends a message into any conversation.
func (f *fixture) say(conversation, revision int64, sender, text string, change ...func(*chat.Message)) store.Appended {
	f.Helper()
	m := message(text)
	m.Sender = sender
	for _, c := range change {
		c(m)
	}
	return f.append(&store.Append{
		App: app, Conversation: conversation, Revision: revision, Sequence: store.Stored, Message: m, Events: func() []event.Outgoing { return nil },
	})
}

func (f *fixture) contact(userID string, of chat.Conversation) store.Contact {
	f.Helper()
	return *get(f, func(ctx context.Context, tx store.Tx) (*store.Contact, error) {
		return tx.Contact(ctx, app, userID, of)
	})
}

// change reads a contact, changes it and stores it.
func (f *fixture) change(userID string, of chat.Conversation, fn func(*store.Contact)) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		c, err := tx.Contact(ctx, app, userID, of)
		if err != nil {
			return err
		}
		fn(c)
		return tx.PutContact(ctx, app, userID, c)
	})
}

func (f *fixture) unread(userID string) map[string]int {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[string]int, error) {
		list, err := tx.UnreadPairs(ctx, app, userID)
		counts := make(map[string]int)
		for _, u := range list {
			counts[u.Name] += u.Count
		}
		return counts, err
	})
}

func (f *fixture) contactNames(userID string, limit int) []string {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		list, err := tx.ListContacts(ctx, app, userID, limit)
		names := []string{}
		for _, c := range list {
			names = append(names, c.Name)
		}
		return names, err
	})
}

// pairs are made with the first message, and both users see them.
func pairs(f *fixture) {
	equal(f, "two who do not exist", f.pair("alice", "bob"), store.Pair{})
	f.users("alice", "bob")
	equal(f, "two who never spoke", f.pair("alice", "bob"), store.Pair{SenderExists: true, ReceiverExists: true})
	p := f.openPair("alice", "bob")
	equal(f, "two who may speak", p, store.Pair{
		Conversation: p.Conversation, Revision: 1, Open: true, SenderExists: true, ReceiverExists: true,
	})
	equal(f, "from the other side, opened again", f.openPair("bob", "alice"), p)
	f.official("@TOA#_o")
	equal(f, "an official account as receiver", f.pair("alice", "@TOA#_o").ReceiverExists, true)
	equal(f, "names with commas are kept apart", f.openPair("a,b", "c").Conversation != f.openPair("a", "b,c").Conversation, true)
	self := f.openPair("alice", "alice")
	equal(f, "with oneself", self.Open && self.Conversation != p.Conversation, true)

	f.change("bob", chat.PairConversation("alice", "bob"), func(c *store.Contact) { c.RecvOption = chat.RecvDiscard })
	equal(f, "a receiver who wants nothing", f.pair("alice", "bob").Hushed, true)
	equal(f, "the other way", f.pair("bob", "alice").Hushed, false)

	f.say(p.Conversation, p.Revision, "alice", "secret")
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"bob"}) })
	equal(f, "an account that was deleted", f.pair("alice", "bob").Open, false)
	f.openPair("alice", "bob")
	again := f.contact("bob", chat.PairConversation("alice", "bob"))
	equal(f, "who comes anew sees nothing of before", again.ClearedSeq, int64(1))
	equal(f, "who stayed sees all", f.contact("alice", chat.PairConversation("alice", "bob")).ClearedSeq, int64(0))
}

// contacts of all kinds come back as they were stored.
func contacts(f *fixture) {
	at := f.clock.Now()
	p := f.openPair("alice", "bob")
	g, o := f.group("g"), f.official("@TOA#_o")
	f.join(g, "alice")
	f.say(o.Conversation, o.Revision, o.ID, "early")
	f.subscribe(o, "alice")
	f.say(p.Conversation, p.Revision, "bob", "hi")

	pair, official := chat.PairConversation("alice", "bob"), chat.OfficialConversation(o.ID)
	want := map[string]store.Contact{
		"bob": {Conversation: p.Conversation, Kind: chat.KindPair, Name: "bob", NextSeq: 2, LastMsgTime: at, HistoryBeforeJoin: true},
		"g": {
			Conversation: g.Conversation, Kind: chat.KindGroup, Name: "g", NextSeq: 1, GroupName: "name of g", GroupType: chat.Public, JoinTime: at,
		},
		o.ID: {
			Conversation: o.Conversation, Kind: chat.KindOfficial, Name: o.ID, NextSeq: 2, LastMsgTime: at, ReadSeq: 1, ClearedSeq: 1, HiddenSeq: 1,
			JoinTime: at,
		},
	}
	of := map[string]chat.Conversation{"bob": pair, "g": chat.GroupConversation("g"), o.ID: official}
	for name, conversation := range of {
		equal(f, "the contact "+name, f.contact("alice", conversation), want[name])
		c := want[name]
		c.ReadSeq, c.ReadTime, c.ClearedSeq, c.HiddenSeq, c.PinTime = 7, 1700000000, 5, 6, at.Add(time.Minute)
		c.StandardMark, c.CustomMark, c.Groups = 1<<63|1, "my own", []int64{3, 12}
		f.change("alice", conversation, func(stored *store.Contact) { *stored = c })
		if c.Kind == chat.KindGroup {
			c.ReadSeq, c.ReadTime = 0, 0 // of a group the member's counts
		}
		equal(f, "the changed contact "+name, f.contact("alice", conversation), c)
	}
	f.change("bob", pair, func(c *store.Contact) { c.ReadTime = 1700000001 })
	equal(f, "up to when the peer has read", f.contact("alice", pair).PeerReadTime, int64(1700000001))
	f.change("alice", pair, func(c *store.Contact) { c.RecvOption = chat.RecvNoPush })
	equal(f, "a peer's option", f.contact("alice", pair).RecvOption, chat.RecvNoPush)
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.SetSubscriberFlag(ctx, o.Conversation, "alice", chat.FlagDiscard)
	})
	equal(f, "an official account's option", f.contact("alice", official).RecvOption, chat.RecvDiscard)

	for name, conversation := range map[string]chat.Conversation{
		"of nobody": chat.PairConversation("alice", "nobody"), "of another group": chat.GroupConversation("other"),
		"of a user": chat.UserConversation("alice"),
	} {
		_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*store.Contact, error) {
			return tx.Contact(ctx, app, "alice", conversation)
		})
		f.fails("a contact "+name, err, store.ErrNotFound)
	}
	marked := get(f, func(ctx context.Context, tx store.Tx) ([]store.Contact, error) {
		return tx.ListMarked(ctx, app, "alice", 2)
	})
	equal(f, "marked contacts", len(marked), 2)
	equal(f, "the marks of one", marked[0].StandardMark, uint64(1<<63|1))
	equal(f, "pinned contacts", get(f, func(ctx context.Context, tx store.Tx) (int, error) { return tx.CountPinned(ctx, app, "alice") }), 3)

	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.RemoveSubscribers(ctx, o.Conversation, []string{"alice"})
		return err
	})
	f.subscribe(o, "alice")
	equal(f, "a subscription that begins anew", f.contact("alice", official).CustomMark, "")
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"alice"}) })
	equal(f, "marked contacts of nobody", len(get(f, func(ctx context.Context, tx store.Tx) ([]store.Contact, error) {
		return tx.ListMarked(ctx, app, "alice", 10)
	})), 0)
}

// contactLists hold what there is to see, in order.
func contactLists(f *fixture) {
	f.users("alice")
	empty, room, private := f.group("empty"), &chat.Group{ID: "room", Type: chat.AVChatRoom}, f.group("private")
	community := &chat.Group{ID: "community", Type: chat.Community, SupportTopic: true}
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateGroup(ctx, app, room); err != nil {
			return err
		}
		return tx.CreateGroup(ctx, app, community)
	})
	o := f.official("@TOA#_o")
	f.say(o.Conversation, o.Revision, o.ID, "before the subscription")
	for _, g := range []*chat.Group{empty, room, private, community} {
		f.join(g, "alice")
	}
	f.subscribe(o, "alice")
	equal(f, "nothing said", f.contactNames("alice", 10), []string{})
	for _, peer := range []string{"bob", "carol"} {
		p := f.openPair("alice", peer)
		f.clock.advance(time.Second)
		f.say(p.Conversation, p.Revision, peer, "hi")
	}
	for _, id := range []string{"room", "private", "community"} {
		g := f.stored(id)
		f.clock.advance(time.Second)
		f.say(g.Conversation, g.Revision, "alice", "hi")
	}
	equal(f, "the newest first", f.contactNames("alice", 10), []string{"private", "carol", "bob"})
	equal(f, "of another user", f.contactNames("bob", 10), []string{"alice"})
	equal(f, "a limit", f.contactNames("alice", 2), []string{"private", "carol"})
	since := f.clock.Now().Add(-4 * time.Second)
	news := get(f, func(ctx context.Context, tx store.Tx) ([]store.Contact, error) {
		return tx.ListPairs(ctx, app, "alice", since, 10)
	})
	equal(f, "pairs with news", len(news), 2)
	f.clock.advance(time.Second)
	f.say(o.Conversation, o.Revision, o.ID, "news")
	equal(f, "after a broadcast", f.contactNames("alice", 10), []string{o.ID, "private", "carol", "bob"})
	news = get(f, func(ctx context.Context, tx store.Tx) ([]store.Contact, error) {
		return tx.ListPairs(ctx, app, "alice", f.clock.Now(), 10)
	})
	equal(f, "what has news at last", news[0].Name, o.ID)

	with := func(peer string) chat.Conversation { return chat.PairConversation("alice", peer) }
	f.change("alice", with("bob"), func(c *store.Contact) { c.PinTime = f.clock.Now() })
	f.change("alice", with("carol"), func(c *store.Contact) { c.HiddenSeq = 1 })
	f.change("alice", chat.GroupConversation("private"), func(c *store.Contact) { c.HiddenSeq = 1 })
	equal(f, "pinned and deleted ones", f.contactNames("alice", 10), []string{"bob", o.ID})
	p := f.pair("alice", "carol")
	f.say(p.Conversation, p.Revision, "alice", "again")
	equal(f, "a deleted one comes back", f.contactNames("alice", 10), []string{"bob", "carol", o.ID})
}

// unreadPairs count what others said and the user has not read.
func unreadPairs(f *fixture) {
	p := f.openPair("alice", "bob")
	o := f.official("@TOA#_o")
	f.say(o.Conversation, o.Revision, o.ID, "before the subscription")
	f.subscribe(o, "alice")
	with := chat.PairConversation("alice", "bob")
	equal(f, "nothing said", f.unread("alice"), map[string]int{})
	f.say(p.Conversation, p.Revision, "bob", "1")
	f.say(p.Conversation, p.Revision, "alice", "2")
	f.say(p.Conversation, p.Revision, "bob", "3")
	f.say(p.Conversation, p.Revision, "bob", "4", func(m *chat.Message) { m.NoUnread = true })
	f.say(p.Conversation, p.Revision, "bob", "5")
	f.say(o.Conversation, o.Revision, o.ID, "news")
	equal(f, "of alice", f.unread("alice"), map[string]int{"bob": 3, o.ID: 1})
	equal(f, "of bob", f.unread("bob"), map[string]int{"alice": 1})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.RecallMessages(ctx, p.Conversation, []int64{5}, chat.Recall{Revoker: "bob", Time: tx.Now()})
	})
	equal(f, "after a recall", f.unread("alice"), map[string]int{"bob": 2, o.ID: 1})

	behind := []store.Place{{Conversation: p.Conversation, Seq: 0}, {Conversation: o.Conversation, Seq: 1}}
	seen := get(f, func(ctx context.Context, tx store.Tx) ([]store.Seen, error) {
		return tx.MessagesBehind(ctx, "alice", behind, 10)
	})
	var places []store.Place
	for _, s := range seen {
		places = append(places, store.Place{Conversation: s.Conversation, Seq: s.Message.Seq})
	}
	equal(f, "unread messages, newest first", places, []store.Place{
		{Conversation: o.Conversation, Seq: 2}, {Conversation: p.Conversation, Seq: 3}, {Conversation: p.Conversation, Seq: 1},
	})
	last := get(f, func(ctx context.Context, tx store.Tx) (int64, error) { return tx.LastMessageID(ctx) })
	equal(f, "the newest of all", seen[0].ID, last)
	ignored := get(f, func(ctx context.Context, tx store.Tx) (map[int64]int, error) {
		return tx.UnreadIgnored(ctx, []store.Place{{Conversation: p.Conversation, Seq: 3}, {Conversation: o.Conversation}})
	})
	equal(f, "what does not count", ignored, map[int64]int{p.Conversation: 2})

	f.change("alice", with, func(c *store.Contact) { c.ReadSeq = 1 })
	f.change("alice", chat.OfficialConversation(o.ID), func(c *store.Contact) { c.ReadSeq = 2 })
	equal(f, "after reading", f.unread("alice"), map[string]int{"bob": 1})
	f.change("alice", with, func(c *store.Contact) { c.RecvOption = chat.RecvDiscard })
	equal(f, "of a peer who is not wanted", f.unread("alice"), map[string]int{})

	many := f.openPair("alice", "carol")
	for i := range chat.MaxUnread + 1 {
		f.say(many.Conversation, many.Revision, "carol", fmt.Sprint(i))
	}
	equal(f, "more than are counted", f.unread("alice"), map[string]int{"carol": chat.MaxUnread})
}

// messagePlaces find messages by number and by time.
func messagePlaces(f *fixture) {
	p := f.openPair("alice", "bob")
	begin := f.clock.Now()
	for i := range 40 { // two each second
		f.say(p.Conversation, p.Revision, "alice", fmt.Sprint(i))
		if i%2 == 1 {
			f.clock.advance(time.Second)
		}
	}
	seqAt := func(at time.Time) int64 {
		return get(f, func(ctx context.Context, tx store.Tx) (int64, error) { return tx.SeqAt(ctx, p.Conversation, at) })
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want int64
	}{
		{"before all", begin.Add(-time.Millisecond), 0},
		{"at the first", begin, 2},
		{"between two", begin.Add(1500 * time.Millisecond), 4},
		{"in the middle", begin.Add(10 * time.Second), 22},
		{"at the last", begin.Add(19 * time.Second), 40},
		{"after all", begin.Add(time.Hour), 40},
	} {
		equal(f, "the place "+c.name, seqAt(c.at), c.want)
	}
	equal(f, "a place in an empty conversation", get(f, func(ctx context.Context, tx store.Tx) (int64, error) {
		return tx.SeqAt(ctx, p.Conversation+1000, begin)
	}), int64(0))

	seqs := func(list []chat.Message) []int64 {
		numbers := []int64{}
		for _, m := range list {
			numbers = append(numbers, m.Seq)
		}
		return numbers
	}
	after := get(f, func(ctx context.Context, tx store.Tx) ([]chat.Message, error) {
		return tx.MessagesAfter(ctx, p.Conversation, 37, 2)
	})
	equal(f, "messages behind a number", seqs(after), []int64{38, 39})
	newest := get(f, func(ctx context.Context, tx store.Tx) ([]store.Seen, error) {
		return tx.NewestMessages(ctx, p.Conversation, 3, 2)
	})
	equal(f, "messages up to a number", []int64{newest[0].Message.Seq, newest[1].Message.Seq}, []int64{3, 2})
	equal(f, "their places grow", newest[0].ID > newest[1].ID && newest[0].Conversation == p.Conversation, true)

	key := chat.PairKeyOf(&newest[0].Message)
	found := get(f, func(ctx context.Context, tx store.Tx) (*chat.Message, error) {
		return store.FindPairMessage(ctx, tx, p.Conversation, key)
	})
	equal(f, "the message of a key", found.Seq, int64(3))
	key.Random++
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Message, error) {
		return store.FindPairMessage(ctx, tx, p.Conversation, key)
	})
	f.fails("the message of no key", err, store.ErrNotFound)

	q := f.openPair("alice", "carol")
	f.say(q.Conversation, q.Revision, "carol", "seen")
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.HideMessages(ctx, app, p.Conversation, "alice", []int64{40})
	})
	visible := func(userID string) map[int64]int64 {
		return get(f, func(ctx context.Context, tx store.Tx) (map[int64]int64, error) {
			list, err := tx.VisibleAt(ctx, userID, []store.Place{
				{Conversation: p.Conversation, Seq: 40}, {Conversation: q.Conversation, Seq: 1}, {Conversation: q.Conversation + 1000, Seq: 1},
			})
			numbers := make(map[int64]int64)
			for conversation := range list {
				numbers[conversation] = list[conversation].Seq
			}
			return numbers, err
		})
	}
	equal(f, "visible to who has hidden one", visible("alice"), map[int64]int64{q.Conversation: 1})
	equal(f, "visible to the other", visible("bob"), map[int64]int64{p.Conversation: 40, q.Conversation: 1})
}

// contactGroups belong to one user.
func contactGroups(f *fixture) {
	create := func(userID, name string) (chat.ContactGroup, error) {
		g := chat.ContactGroup{Name: name}
		err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.CreateContactGroup(ctx, app, userID, &g) })
		return g, err
	}
	list := func(userID string) []chat.ContactGroup {
		return get(f, func(ctx context.Context, tx store.Tx) ([]chat.ContactGroup, error) {
			return tx.ContactGroups(ctx, app, userID)
		})
	}
	f.users("alice")
	work, err := create("alice", "work")
	f.fails("the first group", err, nil)
	club, err := create("alice", "club")
	f.fails("the second group", err, nil)
	_, err = create("alice", "work")
	f.fails("a name that is taken", err, store.ErrExists)
	_, err = create("bob", "work")
	f.fails("the name with another user", err, nil)
	rename := func(id int64, name string) error {
		return f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.RenameContactGroup(ctx, id, name) })
	}
	f.fails("a new name that is taken", rename(club.ID, "work"), store.ErrExists)
	f.fails("a new name", rename(club.ID, "sports"), nil)
	club.Name = "sports"
	equal(f, "groups", list("alice"), []chat.ContactGroup{work, club})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteContactGroup(ctx, work.ID) })
	equal(f, "groups that are left", list("alice"), []chat.ContactGroup{club})

	quiet := func() chat.DoNotDisturb {
		return get(f, func(ctx context.Context, tx store.Tx) (chat.DoNotDisturb, error) {
			return tx.DoNotDisturb(ctx, app, "alice")
		})
	}
	equal(f, "no quiet hours", quiet(), chat.DoNotDisturb{})
	for _, want := range []chat.DoNotDisturb{{Start: 79200, End: 21600, Repeated: 1, Level: 2}, {Start: 1, End: 2}} {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetDoNotDisturb(ctx, app, "alice", want) })
		equal(f, "quiet hours", quiet(), want)
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"alice"}) })
	equal(f, "groups of nobody", list("alice"), []chat.ContactGroup(nil))
	equal(f, "quiet hours of nobody", quiet(), chat.DoNotDisturb{})
}

// subscriptions are found from the user's side, and their accounts have names.
func subscriptions(f *fixture) {
	o, other := f.official("@TOA#_o"), f.official("@TOA#_other")
	f.users("alice")
	f.subscribe(other, "alice", "bob")
	f.subscribe(o, "alice")
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.SetSubscriberFlag(ctx, o.Conversation, "alice", chat.FlagNoPush)
	})
	list := get(f, func(ctx context.Context, tx store.Tx) ([]store.Subscription, error) {
		return tx.Subscriptions(ctx, app, "alice")
	})
	equal(f, "subscriptions", list, []store.Subscription{
		{Conversation: other.Conversation, OfficialID: other.ID, MsgFlag: chat.FlagNotify},
		{Conversation: o.Conversation, OfficialID: o.ID, MsgFlag: chat.FlagNoPush},
	})
	persons := get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Person, error) {
		return tx.Persons(ctx, app, []string{"alice", o.ID, "@TOA#_none"})
	})
	equal(f, "users and official accounts", persons, map[string]chat.Person{
		"alice": {UserID: "alice"}, o.ID: {UserID: o.ID, Nick: "name of " + o.ID},
	})
	f.change("alice", chat.OfficialConversation(o.ID), func(c *store.Contact) { c.CustomMark = "x" })
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteOfficial(ctx, o) })
	for more := true; more; {
		var err error
		if more, err = f.store.Purge(f.Context(), 100); err != nil {
			f.Fatalf("purge: %v", err)
		}
	}
	equal(f, "marks on what is gone", len(get(f, func(ctx context.Context, tx store.Tx) ([]store.Contact, error) {
		return tx.ListMarked(ctx, app, "alice", 10)
	})), 0)
}
