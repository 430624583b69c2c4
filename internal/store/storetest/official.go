package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) subscribe(o *chat.OfficialAccount, ids ...string) []string {
	f.Helper()
	list := make([]chat.Subscriber, 0, len(ids))
	for _, id := range ids {
		list = append(list, chat.Subscriber{UserID: id, SubscribeTime: f.clock.Now(), MsgFlag: chat.FlagNotify, CustomString: "of " + id})
	}
	return set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.AddSubscribers(ctx, app, o.Conversation, list)
	})
}

// subscribers reads them in pages of two.
func (f *fixture) subscribers(o *chat.OfficialAccount) []string {
	f.Helper()
	users, after := []string{}, int64(0)
	for range 1000 {
		var page []chat.Subscriber
		f.view(func(ctx context.Context, tx store.Tx) (err error) {
			page, after, err = tx.ListSubscribers(ctx, o.Conversation, after, 2)
			return err
		})
		for _, s := range page {
			users = append(users, s.UserID)
		}
		if len(page) == 0 {
			return users
		}
	}
	f.Fatal("paging does not end")
	return nil
}

func officials(f *fixture) {
	o := &chat.OfficialAccount{
		ID: "@TOA#_news", Owner: "alice", Name: "News", Introduction: "daily", FaceURL: "https://example.com/n.png", Organization: "Org",
		CustomString: long(3000), MaxSubscriber: 100, CreateTime: f.clock.Now(),
	}
	create := func(app chat.SDKAppID, o *chat.OfficialAccount) error {
		return f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.CreateOfficial(ctx, app, o) })
	}
	f.fails("a new official account", create(app, o), nil)
	if o.Conversation == 0 {
		f.Fatal("the official account has no conversation")
	}
	want := *o
	want.Revision = f.storedOfficial(o.ID).Revision
	equal(f, "an official account", *f.storedOfficial(o.ID), want)
	f.fails("the same ID again", create(app, &chat.OfficialAccount{ID: o.ID}), store.ErrExists)
	f.fails("the same ID in the other app", create(otherApp, &chat.OfficialAccount{ID: o.ID}), nil)
	read := func(id string) error {
		_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.OfficialAccount, error) {
			return tx.Official(ctx, app, id)
		})
		return err
	}
	f.fails("an account that is none", read("@TOA#_none"), store.ErrNotFound)

	f.clock.advance(time.Minute)
	got := f.append(&store.Append{
		App: app, Conversation: o.Conversation, Revision: want.Revision, Sequence: store.Stored, Message: message("news"),
		Events: func() []event.Outgoing { return nil },
	})
	equal(f, "the first broadcast", got, store.Appended{Seq: 1, Time: f.clock.Now()})
	want.LastMsgTime = f.clock.Now()
	f.reopen()
	equal(f, "an official account after a restart", *f.storedOfficial(o.ID), want)

	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteOfficial(ctx, o) })
	f.fails("a destroyed account", read(o.ID), store.ErrNotFound)
	f.fails("its ID is free", create(app, &chat.OfficialAccount{ID: o.ID}), nil)
	equal(f, "subscribers of the new one", f.subscribers(f.storedOfficial(o.ID)), []string{})
}

func subscribers(f *fixture) {
	o, other := f.official("@TOA#_o"), f.official("@TOA#_other")
	equal(f, "the first subscribers", f.subscribe(o, "dave", "alice", "bob"), []string{"dave", "alice", "bob"})
	f.clock.advance(time.Hour)
	equal(f, "those who are new", f.subscribe(o, "alice", "carol", "carol"), []string{"carol"})
	f.subscribe(other, "erin")
	equal(f, "number of subscribers", f.storedOfficial(o.ID).SubscriberNum, 4)
	equal(f, "subscribers, in the order in which they came", f.subscribers(o), []string{"dave", "alice", "bob", "carol"})
	exist := get(f, func(ctx context.Context, tx store.Tx) (map[string]bool, error) {
		return tx.SubscribersExisting(ctx, o.Conversation, []string{"alice", "erin", "carol"})
	})
	equal(f, "those who subscribe", exist, truth("alice", "carol"))
	page := get(f, func(ctx context.Context, tx store.Tx) ([]chat.Subscriber, error) {
		list, _, err := tx.ListSubscribers(ctx, o.Conversation, 0, 2)
		return list, err
	})
	since := f.clock.Now().Add(-time.Hour)
	equal(f, "a page", page, []chat.Subscriber{
		{UserID: "dave", SubscribeTime: since, MsgFlag: chat.FlagNotify, CustomString: "of dave"},
		{UserID: "alice", SubscribeTime: since, MsgFlag: chat.FlagNotify, CustomString: "of alice"},
	})
	removed := set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.RemoveSubscribers(ctx, o.Conversation, []string{"alice", "nobody", "alice", "dave"})
	})
	equal(f, "those who were removed", removed, []string{"alice", "dave"})
	equal(f, "number of subscribers", f.storedOfficial(o.ID).SubscriberNum, 2)
	equal(f, "number of subscribers of the other", f.storedOfficial(other.ID).SubscriberNum, 1)

	users := names("user", many)
	equal(f, "many", f.subscribe(o, users...), users)
	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.RemoveSubscribers(ctx, o.Conversation, users)
		return err
	})
	equal(f, "subscribers left", f.subscribers(o), []string{"bob", "carol"})
}
