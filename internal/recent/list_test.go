package recent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func TestList(t *testing.T) {
	t.Parallel()
	f := start(t)
	equal(f, "nothing", f.lines("alice"), []string{})
	g := f.group("g", chat.Public, "alice", "bob")
	m := f.group("m", chat.ChatRoom, "alice")
	o := f.official("@TOA#_o", "alice")
	f.say("bob", "alice", "hi")
	f.append(g, text("bob", "to all"))
	f.append(g, text("bob", "uncounted"))
	f.append(m, text("bob", "in a meeting"))
	f.append(o, text("@TOA#_o", "news"))
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.RecallMessages(ctx, g, []int64{2}, chat.Recall{Revoker: "bob", Time: tx.Now()})
	})
	equal(f, "one of each", f.lines("alice"), []string{"@TOA#_o: news", "m: in a meeting", "g: uncounted (1)", "bob: hi"})
	page, err := f.recent.List(t.Context(), f.client("alice"), 0)
	f.must(err)
	equal(f, "the end", page.Next, 0)
	equal(f, "how they are shown", []string{page.Persons["bob"].Nick, page.Persons["@TOA#_o"].Nick}, []string{"nick of bob", "name of @TOA#_o"})
	equal(f, "a group's name", page.Items[2].GroupName, "name of g")
	equal(f, "a recalled last message", page.Items[2].Last.Recall.Revoker, "bob")
}

func TestListLastMessage(t *testing.T) {
	t.Parallel()
	f := start(t)
	silent := func(m *chat.Message) { m.NoLastMsg = true }
	f.say("bob", "alice", "shown")
	f.say("bob", "alice", "not shown", silent)
	f.say("carol", "alice", "never shown", silent)
	g := f.group("g", chat.Public, "alice", "bob", "carol")
	f.append(g, text("bob", "to all"))
	whisper := text("bob", "to carol")
	whisper.Receivers = []string{"carol"}
	f.append(g, whisper)
	late := f.group("late", chat.Private)
	f.append(late, text("bob", "before alice came"))
	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.AddMembers(ctx, f.app.SDKAppID, late, []chat.Member{{UserID: "alice", Role: chat.RoleMember, JoinTime: tx.Now().Add(time.Second), MsgFlag: chat.FlagNotify}})
		return err
	})
	equal(f, "of alice", f.lines("alice"), []string{"g: to all (2)", "bob: shown"})
	equal(f, "of carol", f.lines("carol"), []string{"g: to carol (2)"})

	pair := f.contact("alice", chat.PairConversation("alice", "bob")).Conversation
	f.say("bob", "alice", "last")
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.HideMessages(ctx, f.app.SDKAppID, pair, "alice", []int64{3})
	})
	equal(f, "after hiding the last", f.lines("alice"), []string{"bob: shown", "g: to all (2)"})
}

func TestListOfficialAccount(t *testing.T) {
	t.Parallel()
	f := start(t)
	const id = "@TOA#_o"
	o := f.official(id, "alice")
	f.append(o, text(id, "news"))
	f.say("alice", id, "dear account")
	equal(f, "both in one", f.lines("alice"), []string{id + ": dear account"})
	f.append(o, text(id, "more news"))
	equal(f, "the newer one", f.lines("alice"), []string{id + ": more news"})
	ref := event.ContactRef{ID: id}
	f.must(f.recent.Pin(t.Context(), f.client("alice"), []event.ContactRef{ref}, true))
	items := f.list("alice")
	equal(f, "pinned as a whole", !items[0].PinTime.IsZero() && len(items) == 1, true)
	_, err := f.recent.Delete(t.Context(), f.client("alice"), []event.ContactRef{ref}, true)
	f.must(err)
	equal(f, "deleted as a whole", f.lines("alice"), []string{})
}

func TestListPages(t *testing.T) {
	t.Parallel()
	f := start(t)
	const peers = chat.MaxConversations + 5
	for i := range peers {
		f.say(fmt.Sprintf("user%04d", i), "alice", "hi")
	}
	var names []string
	behind, pages := 0, 0
	for {
		page, err := f.recent.List(t.Context(), f.client("alice"), behind)
		f.must(err)
		pages++
		for _, it := range page.Items {
			names = append(names, it.Name)
		}
		if behind = page.Next; behind == 0 {
			break
		}
	}
	equal(f, "pages", pages, 3)
	equal(f, "conversations", len(names), chat.MaxConversations)
	equal(f, "the newest", names[0], fmt.Sprintf("user%04d", peers-1))
	equal(f, "the oldest", names[len(names)-1], "user0005")
	_, err := f.recent.List(t.Context(), f.client("alice"), -1)
	f.refused("a place that is none", err, chat.ErrRecentParameter)
	page, err := f.recent.List(t.Context(), f.client("alice"), peers)
	f.must(err)
	equal(f, "behind the end", len(page.Items), 0)
}

// BenchmarkList reads the lists of users with few and with many conversations, half
// of them groups.
func BenchmarkList(b *testing.B) {
	for _, half := range []int{2, 50} {
		b.Run(fmt.Sprintf("conversations=%d", 2*half), func(b *testing.B) {
			f := start(b)
			for i := range half {
				f.say(fmt.Sprintf("user%04d", i), "alice", "hi")
				g := f.group(fmt.Sprintf("g%04d", i), chat.Public, "alice", "bob")
				for range 5 {
					f.append(g, text("bob", "hi"))
				}
			}
			for b.Loop() {
				if _, err := f.recent.List(b.Context(), f.client("alice"), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
