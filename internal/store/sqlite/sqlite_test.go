package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.Run(t, func(t testing.TB, clock func() time.Time) store.Store {
		t.Helper()
		name := strings.NewReplacer("/", "_", "#", "_").Replace(t.Name())
		return open(t, filepath.Join(dir, name+".db"), sqlite.Options{Clock: clock})
	})
}

func open(t testing.TB, file string, opt sqlite.Options) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeStore(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// createGroup makes a group that messages can go into.
func createGroup(t testing.TB, s store.Store, id string) *chat.Group {
	t.Helper()
	g := &chat.Group{ID: id, Type: chat.Public, Name: id, CreateTime: time.Now()}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.CreateGroup(t.Context(), app, g) }); err != nil {
		t.Fatal(err)
	}
	g.Revision = 1
	return g
}

const app chat.SDKAppID = 1400000001

// message is a send of body with one event of the same body.
func message(g *chat.Group, body []byte) *store.Append {
	return &store.Append{
		App: app, Conversation: g.Conversation, Revision: g.Revision, Sequence: store.Stored,
		Message: &chat.Message{Sender: "alice", Priority: chat.PriorityNormal, Body: chat.Body{JSON: body}},
		Events: func() []event.Outgoing {
			return []event.Outgoing{{SDKAppID: app, Command: "Group.CallbackAfterSendMsg", Conversation: "group:" + g.ID, Body: body}}
		},
	}
}

// stored is what a group has: the bodies of its messages by number, of its
// events in their order, and the next number.
type stored struct {
	Messages map[int64]string
	Events   []string
	Next     int64
}

func read(t testing.TB, s store.Store, g *chat.Group) stored {
	t.Helper()
	ctx := t.Context()
	got := stored{Messages: make(map[int64]string)}
	if err := s.View(ctx, func(tx store.Tx) error {
		list, err := tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 1 << 20})
		if err != nil {
			return err
		}
		for _, m := range list {
			got.Messages[m.Seq] = string(m.Body.JSON)
		}
		pending, err := tx.PendingEvents(ctx, app, "group:"+g.ID, 1<<20)
		if err != nil {
			return err
		}
		for _, e := range pending {
			got.Events = append(got.Events, string(e.Body))
		}
		seen, err := tx.Group(ctx, app, g.ID)
		if err != nil {
			return err
		}
		got.Next = seen.NextMsgSeq
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestBatchFallsApart: when the statements that sends share fail, the one whose
// fault it is fails alone.
func TestBatchFallsApart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "parley.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file, sqlite.Options{})
		defer closeStore(t, s)
		g := createGroup(t, s, "g")
		heard := 0
		s.OnEvents(func(events []store.Event) { heard += len(events) })

		begun, end := make(chan struct{}), make(chan struct{})
		go func() {
			err := s.Update(t.Context(), func(store.Tx) error {
				close(begun)
				<-end
				return nil
			})
			if err != nil {
				t.Errorf("the update that holds the writer: %v", err)
			}
		}()
		<-begun
		outcomes := make(chan error, 9)
		for i := range 9 {
			go func() {
				a := message(g, []byte("good"))
				if i%4 == 2 {
					a.Message.Body.JSON = nil // the column takes no NULL
				}
				_, err := s.Append(t.Context(), a)
				outcomes <- err
			}()
		}
		synctest.Wait()
		close(end)
		failed := 0
		for range 9 {
			if err := <-outcomes; err != nil {
				failed++
			}
		}
		got := read(t, s, g)
		if failed != 2 || len(got.Messages) != 7 || got.Next != 8 || len(got.Events) != 7 || heard != 7 {
			t.Errorf("%d of 9 sends failed, %d events were heard, and this is stored: %v", failed, heard, got)
		}
	})
}

// TestCloseDoesNotWaitForEver: the process must be able to end.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "parley.db")
	synctest.Test(t, func(t *testing.T) {
		s := open(t, file, sqlite.Options{})
		begun, end := make(chan struct{}), make(chan struct{})
		go func() {
			_ = s.View(t.Context(), func(store.Tx) error {
				close(begun)
				<-end
				return nil
			})
		}()
		<-begun
		start := time.Now()
		if err := s.Close(); err == nil {
			t.Error("closed without an error although somebody still reads")
		}
		if waited := time.Since(start); waited < time.Second || waited > 10*time.Second {
			t.Errorf("closing took %v", waited)
		}
		close(end)
		synctest.Wait()
	})
}
