package gateway

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
)

// newCrowd makes a hub with a group of n users, each with one session without
// connection, whose instances are 1 to n.
func newCrowd(n int, clock func() time.Time) (h *hub, key groupKey, sessions []*session) {
	key = groupKey{1, "g"}
	a := &audience{members: make(map[*user]bool)}
	h = &hub{clock: clock, log: slog.Default(), polls: &polls{}, users: make(map[userKey]*user), groups: map[groupKey]*audience{key: a}}
	for i := range n {
		s := &session{app: key.app, userID: fmt.Sprint(i), instance: int64(i + 1)}
		u := &user{key: userKey{key.app, s.userID}, sessions: []*session{s}, groups: map[groupKey]bool{key: false}}
		h.users[u.key], a.members[u] = u, false
		sessions = append(sessions, s)
	}
	return h, key, sessions
}

// said is a delivery of a message.
func said(text string, except int64) delivery {
	return delivery{message: true, except: except, entry: func() any { return text }}
}

// pushed are the entries of each push that waits in a session.
func pushed(t *testing.T, s *session) [][]string {
	t.Helper()
	var all [][]string
	for _, f := range s.pending {
		var packet struct {
			Body struct {
				EventArray []string `json:"EventArray"`
			} `json:"body"`
		}
		if err := json.Unmarshal(f.json, &packet); err != nil {
			t.Fatal(err)
		}
		all = append(all, packet.Body.EventArray)
	}
	return all
}

func TestLetter(t *testing.T) {
	t.Parallel()
	h, key, sessions := newCrowd(3, time.Now)
	h.toGroup(key, said("one", 1))
	h.toGroup(key, said("two", 2))
	h.toGroup(key, said("three", 1))
	h.toGroup(key, delivery{entry: func() any { return "tip" }})
	h.toGroup(key, said("four", 0))
	h.round(news{})
	for i, want := range [][][]string{
		{{"two"}, {"tip"}, {"four"}},
		{{"one", "three"}, {"tip"}, {"four"}},
		{{"one", "two", "three"}, {"tip"}, {"four"}},
	} {
		if diff := cmp.Diff(want, pushed(t, sessions[i])); diff != "" {
			t.Errorf("instance %d (-want +got):\n%s", i+1, diff)
		}
	}
}

func TestLetterEndsWhenMembersChange(t *testing.T) {
	t.Parallel()
	h, key, sessions := newCrowd(2, time.Now)
	h.toGroup(key, said("to both", 0))
	h.deliverIn(chat.GroupConversation(key.id))
	h.leave(key, sessions[1].userID)
	h.toGroup(key, said("to one", 0))
	h.round(news{})
	if diff := cmp.Diff([][]string{{"to both"}}, pushed(t, sessions[1])); diff != "" {
		t.Errorf("who left (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"to both"}, {"to one"}}, pushed(t, sessions[0])); diff != "" {
		t.Errorf("who stayed (-want +got):\n%s", diff)
	}
}

func TestRest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	const beyond = 500
	h, key, sessions := newCrowd(restless+beyond, func() time.Time { return now })
	h.toGroup(key, said("one", 0))
	if wait, held := h.round(news{}); held {
		t.Errorf("the first push waits for %s", wait)
	}
	now = now.Add(rest)
	h.toGroup(key, said("two", 0))
	h.toGroup(key, said("three", 0))
	if wait, held := h.round(news{}); !held || wait != (beyond-1)*rest {
		t.Errorf("the next push waits for %s, want %s", wait, (beyond-1)*rest)
	}
	now = now.Add(beyond * rest)
	h.round(news{})
	if diff := cmp.Diff([][]string{{"one"}, {"two", "three"}}, pushed(t, sessions[0])); diff != "" {
		t.Errorf("what was pushed (-want +got):\n%s", diff)
	}
}
