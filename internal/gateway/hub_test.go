package gateway

import (
	"log/slog"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// TestEndedWhileLoaded: a user whose last session ends while his groups are read is
// in no audience, from which nobody would take him out again.
func TestEndedWhileLoaded(t *testing.T) {
	t.Parallel()
	db := roomtest.OpenStore(t, time.Now)
	err := db.Update(t.Context(), func(tx store.Tx) error {
		g := &chat.Group{ID: "g", Type: chat.Public}
		if err := tx.CreateGroup(t.Context(), 1, g); err != nil {
			return err
		}
		_, err := tx.AddMembers(t.Context(), 1, g.Conversation, []chat.Member{{UserID: "bob"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHub(db, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	bob := &session{app: 1, userID: "bob"}
	ended := &user{key: userKey{1, "bob"}, groups: make(map[groupKey]bool), loaded: make(chan struct{})}
	h.load(t.Context(), ended)
	if len(h.groups) != 0 {
		t.Error("a user without sessions is in an audience")
	}
	if err := h.connect(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	if len(h.groups) != 1 {
		t.Error("a user with a session is in no audience")
	}
	h.disconnect(bob)
	if len(h.groups) != 0 || len(h.loading) != 0 {
		t.Error("something is left of a user whose session ended")
	}
}
