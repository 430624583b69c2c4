package recent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/recent"
)

var (
	withBob   = event.ContactRef{ID: "bob"}
	withCarol = event.ContactRef{ID: "carol"}
	inGroup   = event.ContactRef{Group: true, ID: "g"}
	nowhere   = event.ContactRef{ID: "nobody"}
)

// talk lets alice have something to see.
func (f *fixture) talk() (group int64) {
	f.Helper()
	group = f.group("g", chat.Public, "alice", "bob")
	f.append(group, text("bob", "to all"))
	f.say("bob", "alice", "hi")
	f.say("carol", "alice", "hello")
	f.hear()
	return group
}

func codes(results []*chat.Error) []int {
	list := []int{}
	for _, r := range results {
		if r == nil {
			list = append(list, 0)
			continue
		}
		list = append(list, r.Code)
	}
	return list
}

func TestDelete(t *testing.T) {
	t.Parallel()
	f := start(t)
	group := f.talk()
	results, err := f.recent.Delete(t.Context(), f.client("alice"), []event.ContactRef{withBob, nowhere, inGroup}, false)
	f.must(err)
	equal(f, "results", codes(results), []int{0, chat.ErrRecentParameter.Code, 0})
	equal(f, "what is left", f.lines("alice"), []string{"carol: hello"})
	equal(f, "told", f.hear(), []string{"ContactsDeleted", "ContactsDeleted"})
	equal(f, "the other side", f.lines("bob"), []string{"alice: hi", "g: to all (1)"})
	equal(f, "the history stays", f.contact("alice", chat.PairConversation("alice", "bob")).ClearedSeq, int64(0))
	f.append(group, text("bob", "again"))
	f.say("bob", "alice", "again")
	equal(f, "what came back", f.lines("alice"), []string{"bob: again", "g: again (1)", "carol: hello"})

	_, err = f.recent.Delete(t.Context(), f.client("alice"), []event.ContactRef{withBob}, true)
	f.must(err)
	equal(f, "the history is cleared", f.contact("alice", chat.PairConversation("alice", "bob")).ClearedSeq, int64(2))
	_, err = f.recent.Delete(t.Context(), f.client("alice"), nil, true)
	f.refused("nothing named", err, chat.ErrContactBatch)
}

func TestClear(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.talk()
	f.must(f.recent.Clear(t.Context(), f.client("alice"), withBob))
	f.must(f.recent.Clear(t.Context(), f.client("alice"), inGroup))
	equal(f, "the list", f.lines("alice"), []string{"carol: hello", "bob:", "g:"})
	f.refused("a stranger", f.recent.Clear(t.Context(), f.client("alice"), nowhere), chat.ErrRecentParameter)
}

func TestPin(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.talk()
	pin := func(pinned bool, refs ...event.ContactRef) error {
		return f.recent.Pin(t.Context(), f.client("alice"), refs, pinned)
	}
	f.must(pin(true, inGroup, withBob))
	equal(f, "pinned ones first", f.lines("alice"), []string{"bob: hi", "g: to all (1)", "carol: hello"})
	f.must(pin(false, inGroup))
	equal(f, "after unpinning", f.lines("alice"), []string{"bob: hi", "carol: hello", "g: to all (1)"})
	equal(f, "told", f.hear(), []string{"ContactsPinned", "ContactsPinned"})
	f.refused("a stranger", pin(true, withCarol, nowhere), chat.ErrRecentParameter)
	f.refused("nothing", pin(true), chat.ErrRecentParameter)
	var many []event.ContactRef
	for i := range chat.MaxPinned {
		id := fmt.Sprintf("user%04d", i)
		f.say(id, "alice", "hi")
		many = append(many, event.ContactRef{ID: id})
	}
	f.refused("too many", pin(true, many...), chat.ErrTooManyPinned)
	f.must(pin(true, many[1:]...))
	f.refused("one more", pin(true, withCarol), chat.ErrTooManyPinned)
	f.must(pin(false, withBob))
}

func TestMark(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.talk()
	mark := func(marks ...recent.MarkRequest) []int {
		results, err := f.recent.Mark(t.Context(), f.client("alice"), marks)
		f.must(err)
		return codes(results)
	}
	wrong := chat.ErrRecentParameter.Code
	equal(f, "results", mark(
		recent.MarkRequest{Contact: withBob, Set: []int{0, 63}, Custom: new("mine")},
		recent.MarkRequest{Contact: withBob, Set: []int{64}},
		recent.MarkRequest{Contact: withBob, Clear: []int{-1}},
		recent.MarkRequest{Contact: withBob, Custom: new(strings.Repeat("x", 257))},
		recent.MarkRequest{Contact: nowhere, Set: []int{1}},
		recent.MarkRequest{Contact: inGroup, Set: []int{5}},
	), []int{0, wrong, wrong, wrong, wrong, 0})
	equal(f, "told", f.hear(), []string{"ContactMarked", "ContactMarked"})
	equal(f, "more", mark(recent.MarkRequest{Contact: withBob, Set: []int{1}, Clear: []int{0}}), []int{0})
	c := f.contact("alice", chat.PairConversation("alice", "bob"))
	equal(f, "marks", []any{c.StandardMark, c.CustomMark}, []any{uint64(1<<63 | 2), "mine"})
	marked, err := f.recent.Marked(t.Context(), f.client("alice"))
	f.must(err)
	equal(f, "marked conversations", len(marked.Contacts), 2)
	_, err = f.recent.Mark(t.Context(), f.client("alice"), nil)
	f.refused("nothing", err, chat.ErrContactBatch)
}

func TestContactGroups(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.talk()
	alice := f.client("alice")
	work, results, err := f.recent.CreateGroup(t.Context(), alice, "work", []event.ContactRef{withBob, nowhere, inGroup})
	f.must(err)
	equal(f, "results", codes(results), []int{0, chat.ErrRecentParameter.Code, 0})
	equal(f, "told", f.hear(), []string{"ContactGroupCreated"})
	for name, c := range map[string]struct {
		group string
		refs  []event.ContactRef
		want  *chat.Error
	}{
		"a name that is taken": {"work", nil, chat.ErrContactGroupName},
		"no name":              {"", nil, chat.ErrContactGroupName},
		"a long name":          {strings.Repeat("x", 33), nil, chat.ErrContactGroupName},
		"too many":             {"many", make([]event.ContactRef, 101), chat.ErrContactBatch},
	} {
		_, _, err := f.recent.CreateGroup(t.Context(), alice, c.group, c.refs)
		f.refused(name, err, c.want)
	}
	job, err := f.recent.RenameGroup(t.Context(), alice, "work", "job")
	f.must(err)
	equal(f, "renamed", job, chat.ContactGroup{ID: work.ID, Name: "job"})
	_, added, removed, err := f.recent.ChangeGroup(t.Context(), alice, "job", []event.ContactRef{withCarol, withBob}, []event.ContactRef{inGroup})
	f.must(err)
	equal(f, "changed", append(codes(added), codes(removed)...), []int{0, 0, 0})
	equal(f, "told of changes", f.hear(), []string{"ContactGroupRenamed", "ContactGroupChanged"})
	found, err := f.recent.Search(t.Context(), alice, []event.ContactRef{withBob, nowhere, inGroup, withCarol})
	f.must(err)
	in := map[string]int{}
	for _, c := range found.Contacts {
		in[c.Name] = len(c.Groups)
	}
	equal(f, "who is in it", in, map[string]int{"bob": 1, "carol": 1, "g": 0})
	equal(f, "groups", found.Groups, []chat.ContactGroup{job})

	_, err = f.recent.RenameGroup(t.Context(), alice, "work", "x")
	f.refused("renaming what is gone", err, chat.ErrContactGroupNotFound)
	_, _, _, err = f.recent.ChangeGroup(t.Context(), alice, "work", nil, nil)
	f.refused("changing what is gone", err, chat.ErrContactGroupNotFound)
	_, err = f.recent.DeleteGroups(t.Context(), alice, []string{"work"})
	f.refused("deleting what is gone", err, chat.ErrContactGroupNotFound)
	_, err = f.recent.DeleteGroups(t.Context(), f.client("bob"), []string{"job"})
	f.refused("deleting somebody else's", err, chat.ErrContactGroupNotFound)
	deleted, err := f.recent.DeleteGroups(t.Context(), alice, []string{"job", "job"})
	f.must(err)
	equal(f, "deleted", deleted, []chat.ContactGroup{job})
	marked, err := f.recent.Marked(t.Context(), alice)
	f.must(err)
	equal(f, "nobody is in it", len(marked.Contacts)+len(marked.Groups), 0)

	for i := range chat.MaxContactGroups {
		_, _, err := f.recent.CreateGroup(t.Context(), alice, fmt.Sprint(i), nil)
		f.must(err)
	}
	_, _, err = f.recent.CreateGroup(t.Context(), alice, "one more", nil)
	f.refused("one more", err, chat.ErrTooManyContactGroups)
}
