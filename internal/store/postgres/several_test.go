package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlstore"
	"github.com/parley-im/parley/internal/testkit"
)

// TestSeveralStores: servers on one database keep out of each other's way.
func TestSeveralStores(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	for _, test := range []struct {
		name   string
		groups int
	}{{"few groups", 2}, {"many groups", 150}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := server.Database(t)
			stores := openSeveral(t, url, 4)
			groups := createGroups(t, stores[0], test.groups)
			l := startLoad(t, stores, groups, 8)
			done := make(chan struct{})
			var changers sync.WaitGroup
			for i, s := range stores {
				changers.Go(func() { change(t, s, groups, i, done) })
			}
			l.wait(2000)
			close(done)
			changers.Wait()
			l.stop()
			l.verify(stores[3])
			if n := number(t, raw(t, url), "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"); n != 0 {
				t.Errorf("%d deadlocks", n)
			}
			if n := l.refused.Load(); n != 0 {
				t.Errorf("%d sends were told that the database cannot be reached", n)
			}
		})
	}
}

// change changes groups and their members until done.
func change(t *testing.T, s store.Store, groups []*chat.Group, changer int, done chan struct{}) {
	t.Helper()
	ctx := context.Background()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		default:
		}
		g := groups[(n*5+changer)%len(groups)]
		user := fmt.Sprintf("user%d-%d", changer, n)
		err := s.Update(ctx, func(tx store.Tx) error {
			now, err := tx.Group(ctx, app, g.ID)
			if err != nil {
				return err
			}
			now.Notification = user
			_, added := tx.AddMembers(ctx, app, g.Conversation, []chat.Member{{UserID: user, Role: chat.RoleMember}})
			return errors.Join(added, tx.UpdateGroup(ctx, now))
		})
		err = errors.Join(err, s.UpdateOwn(ctx, func(tx store.Tx) error {
			return tx.SeeNode(ctx, &store.Node{ID: fmt.Sprint(changer), Address: user})
		}))
		if err != nil {
			t.Errorf("a change: %v", err)
			return
		}
	}
}

// TestJoin: sends that come while another server has their conversation locked share
// the transaction of the first that waits for it, and those into others follow.
func TestJoin(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	s, db := open(t, url), raw(t, url)
	busy, free := createGroup(t, s, "busy"), createGroup(t, s, "free")
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	if _, err := other.ExecContext(t.Context(), "SELECT id FROM conversation WHERE id = $1 FOR UPDATE", busy.Conversation); err != nil {
		t.Fatal(err)
	}
	var senders sync.WaitGroup
	send := func(g *chat.Group, n int) {
		senders.Go(func() {
			if _, err := s.Append(t.Context(), message(g, fmt.Sprint("user", n), "hello")); err != nil {
				t.Errorf("send %d: %v", n, err)
			}
		})
	}
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	send(busy, 0)
	for number(t, db, waiting) == 0 {
		time.Sleep(time.Millisecond)
	}
	const more = 20
	for n := range more {
		send(busy, 1+n)
		send(free, 1+n)
	}
	time.Sleep(200 * time.Millisecond) // more than they need to get into the queue
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	senders.Wait()
	for g, want := range map[*chat.Group]int{busy: 1 + more, free: more} {
		said, events, next := read(t, s, g)
		if len(said) != want || len(events) != want || next != int64(want)+1 {
			t.Errorf("%s: %d messages, %d events, next is %d; sent were %d", g.ID, len(said), len(events), next, want)
		}
	}
	if n := number(t, db, fmt.Sprintf("SELECT count(*) FROM message m JOIN message one USING (conversation) WHERE conversation = %d AND one.seq = 1 AND one.xmin = m.xmin", busy.Conversation)); n == 1 {
		t.Error("the first had a transaction for itself")
	}
}

// TestStaleRights: whoever was muted by one server cannot send by another.
func TestStaleRights(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	stores := openSeveral(t, url, 3)
	g := createGroup(t, stores[0], "g")
	done := make(chan struct{})
	var senders sync.WaitGroup
	var sends atomic.Int64
	for _, s := range stores {
		senders.Go(func() { sendUnmuted(t, s, g, &sends, done) })
	}
	type span struct{ from, to int64 }
	var muted []span
	for range 40 {
		for before := sends.Load(); sends.Load() < before+3 && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		from := setMute(t, stores[1], g, chat.MuteForever)
		muted = append(muted, span{from, setMute(t, stores[2], g, 0)})
	}
	close(done)
	senders.Wait()
	said, _, _ := read(t, stores[0], g)
	for _, m := range muted {
		for seq := m.from; seq < m.to; seq++ {
			t.Errorf("message %d was sent while its sender was muted: %s", seq, said[seq])
		}
	}
}

// setMute returns the number that comes next as the mute begins or ends.
func setMute(t *testing.T, s store.Store, g *chat.Group, until int64) int64 {
	t.Helper()
	var next int64
	err := s.Update(t.Context(), func(tx store.Tx) error {
		now, err := tx.Group(t.Context(), app, g.ID)
		if err != nil {
			return err
		}
		next = now.NextMsgSeq
		return tx.SetMutes(t.Context(), g.Conversation, []string{"alice"}, until)
	})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// sendUnmuted sends whenever the sender is not muted, as far as is known.
func sendUnmuted(t *testing.T, s store.Store, g *chat.Group, sends *atomic.Int64, done chan struct{}) {
	t.Helper()
	ctx := context.Background()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		default:
		}
		var sender store.Sender
		err := s.View(ctx, func(tx store.Tx) (err error) {
			sender, err = tx.Sender(ctx, app, "g", "alice")
			return err
		})
		if err != nil {
			t.Errorf("a view: %v", err)
			return
		}
		if sender.MuteUntil != 0 {
			continue
		}
		a := message(g, "alice", fmt.Sprint(n))
		a.DuplicateKey, a.Revision = 0, sender.Revision
		switch _, err := s.Append(ctx, a); {
		case err == nil:
			sends.Add(1)
		case !errors.Is(err, store.ErrStale):
			t.Errorf("a send: %v", err)
			return
		}
	}
}

// TestOpenAtOnce: several servers start on an empty database.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	stores := make([]*sqlstore.Store, 6)
	var opening sync.WaitGroup
	for i := range stores {
		opening.Go(func() {
			var err error
			if stores[i], err = postgres.Open(t.Context(), postgres.Options{URL: url}); err != nil {
				t.Errorf("open: %v", err)
			}
		})
	}
	opening.Wait()
	for _, s := range stores {
		if s == nil {
			continue
		}
		if got, want := s.InstallationID(), stores[0].InstallationID(); got != want {
			t.Errorf("the installation is %s for one server and %s for another", got, want)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// TestNewerSchema: a program leaves a database alone that a newer one has changed.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	if err := open(t, url).Close(); err != nil {
		t.Fatal(err)
	}
	db := raw(t, url)
	execute(t, db, "UPDATE parley_meta SET value = '9999' WHERE name = 'schema'")
	_, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	var newer *sqlstore.SchemaNewerError
	if !errors.As(err, &newer) || newer.Database != 9999 || !strings.Contains(err.Error(), "newer version of Parley") {
		t.Errorf("got error %v, want one that says to use a newer program", err)
	}
}

// TestChangedColumn: statements that were prepared before somebody changed the
// schema are prepared again.
func TestChangedColumn(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	s := open(t, url)
	g := createGroup(t, s, "g")
	look := func(tx store.Tx) error {
		_, err := tx.Group(t.Context(), app, "g")
		return err
	}
	const readers = 8
	for range 3 * readers {
		if err := s.View(t.Context(), look); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(t.Context(), look); err != nil {
		t.Fatal(err)
	}
	execute(t, raw(t, url), "ALTER TABLE chat_group ALTER COLUMN member_num TYPE INTEGER")
	if err := s.Update(t.Context(), look); err != nil {
		t.Errorf("an update: %v", err)
	}
	failed := 0
	for range 3 * readers {
		if s.View(t.Context(), look) != nil {
			failed++
		}
	}
	if failed > readers {
		t.Errorf("%d views failed, want at most one of each of the %d readers", failed, readers)
	}
	if _, err := s.Append(t.Context(), message(g, "alice", "hello")); err != nil {
		t.Errorf("a send: %v", err)
	}
}

// TestBatchFallsApart: when the statements that sends share fail, the one whose fault
// it is fails alone.
func TestBatchFallsApart(t *testing.T) {
	t.Parallel()
	s := open(t, testkit.StartPostgres(t, "fsync=off").Database(t))
	g := createGroup(t, s, "g")
	begun, end := make(chan struct{}), make(chan struct{})
	var callers sync.WaitGroup
	callers.Go(func() {
		if err := s.UpdateOwn(t.Context(), func(store.Tx) error {
			close(begun)
			<-end
			return nil
		}); err != nil {
			t.Errorf("the update that holds the writer: %v", err)
		}
	})
	<-begun
	var failed atomic.Int64
	for i := range 9 {
		callers.Go(func() {
			a := message(g, "alice", fmt.Sprint(i))
			if i%4 == 2 {
				a.Message.Body.JSON = nil // the column takes no NULL
			}
			if _, err := s.Append(t.Context(), a); err != nil {
				failed.Add(1)
			}
		})
	}
	time.Sleep(50 * time.Millisecond) // most likely they wait in one batch now
	close(end)
	callers.Wait()
	said, events, next := read(t, s, g)
	if failed.Load() != 2 || len(said) != 7 || len(events) != 7 || next != 8 {
		t.Errorf("%d of 9 sends failed, and %d messages and %d events are stored, and %d is next", failed.Load(), len(said), len(events), next)
	}
}
