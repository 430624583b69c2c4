package gateway

import (
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/event"
)

// TestMissedHellos: whoever does not hear a hello has missed what was said since the
// last one, or since his own beginning.
func TestMissedHellos(t *testing.T) {
	t.Parallel()
	began, said := time.UnixMilli(1700000000000), time.UnixMilli(1700000050000)
	for _, c := range []struct {
		name   string
		before peer
		number uint64
		since  time.Time // zero if nothing is missed
	}{
		{"the first one of a new node", peer{}, 1, time.Time{}},
		{"the next one", peer{hellos: 7, said: said}, 8, time.Time{}},
		{"one is missing", peer{hellos: 7, said: said}, 9, said},
		{"a node that was there before it was heard", peer{}, 2, began},
	} {
		p := &peers{began: began, others: map[string]*peer{"other": &c.before}}
		since, missed := p.greeted("other", c.number, []byte("1700000060000"))
		if missed != !c.since.IsZero() || missed && !since.Equal(c.since.Add(-slack)) {
			t.Errorf("%s: missed since %v: %t, want since %v", c.name, since, missed, c.since)
		}
	}
}

// TestAllPushesAreTold: what clients are told of is what nodes tell each other.
func TestAllPushesAreTold(t *testing.T) {
	t.Parallel()
	told := make(map[reflect.Type]bool)
	for _, e := range event.Told() {
		told[e] = true
		if _, ok := pushes[e]; !ok {
			t.Errorf("nodes tell each other of %s, but nothing follows from it", e)
		}
	}
	for e := range pushes {
		if !told[e] {
			t.Errorf("%s is not told to other nodes", e)
		}
	}
}

// TestManyRecipients: what concerns many goes to all nodes at once.
func TestManyRecipients(t *testing.T) {
	t.Parallel()
	var to recipients
	if !to.none() {
		t.Error("it goes to somebody before anybody is named")
	}
	for i := range maxSubjects {
		to.add(userSubject(userKey{1400000001, strconv.Itoa(i)}))
		to.add(userSubject(userKey{1400000001, strconv.Itoa(i)}))
	}
	if n := len(to.subjects()); n != maxSubjects {
		t.Errorf("%d subjects for %d users", n, maxSubjects)
	}
	to.add(userSubject(userKey{1400000001, "one more"}))
	to.add(userSubject(userKey{1400000001, "and one more"}))
	if s := to.subjects(); len(s) != 1 || s[0] != subjectAll {
		t.Errorf("%d users are told at %q", maxSubjects+2, s)
	}
}

// TestSubjects: whatever is in an ID, its subject is one of NATS, and its own.
func TestSubjects(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, id := range []string{"", "a", "A", "a.b", "a b", "*", ">", "\x00@TOA#_x", "@TGS#_@TGS#cABC", "ü"} {
		for _, s := range []string{groupSubject(groupKey{1, id}), userSubject(userKey{1, id}), watchSubject(userKey{1, id}), userSubject(userKey{2, id})} {
			if seen[s] {
				t.Errorf("%q has the subject of another one: %s", id, s)
			}
			seen[s] = true
			for _, c := range s {
				if c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
					t.Errorf("the subject of %q holds %q", id, c)
				}
			}
		}
	}
}
