package mark_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
)

func (f *fixture) extend(userID string, t mark.Target, o chat.ExtensionOperation, pairs ...chat.Extension) (mark.Extended, error) {
	return f.marks.ChangeExtensions(f.Context(), f.client(userID), mark.ExtensionRequest{Target: t, Operation: o, List: pairs})
}

// outcome is what became of each pair: key=value/seq, and the code of a refusal.
func outcome(done mark.Extended) string {
	text := fmt.Sprint(done.Version)
	for _, r := range done.Results {
		text += fmt.Sprintf(" %s=%s/%d", r.Pair.Key, r.Pair.Value, r.Pair.Seq)
		if r.Err != nil {
			text += fmt.Sprintf("!%d", r.Err.Code)
		}
	}
	return text
}

// extensions is what a user reads: version, version of the last clearing, pairs.
func (f *fixture) extensions(userID string, t mark.Target, from int64) string {
	f.Helper()
	page, err := f.marks.Extensions(f.Context(), f.client(userID), t, from)
	f.must(err)
	text := fmt.Sprintf("%d %d", page.Version, page.ClearVersion)
	for _, pair := range page.List {
		text += fmt.Sprintf(" %s=%s/%d", pair.Key, pair.Value, pair.Seq)
	}
	if !page.Complete {
		text += " ..."
	}
	return text
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	f := start(t)
	pair := func(key, value string, seq int64) chat.Extension {
		return chat.Extension{Key: key, Value: value, Seq: seq}
	}
	for name, target := range f.targets() {
		equal(f, name+": none", f.extensions("bob", target, 0), "0 0")
		for _, step := range []struct {
			userID    string
			operation chat.ExtensionOperation
			pairs     []chat.Extension
			want      string
			then      string
		}{
			{"alice", chat.ExtensionSet, []chat.Extension{pair("a", "1", 0), pair("b", "2", 0)}, "1 a=1/1 b=2/1", "1 0 a=1/1 b=2/1"},
			{"bob", chat.ExtensionSet, []chat.Extension{pair("a", "x", 0), pair("c", "3", 0)}, "2 a=1/1!23001 c=3/2", "2 0 a=1/1 b=2/1 c=3/2"},
			{"bob", chat.ExtensionSet, []chat.Extension{pair("a", "x", 7)}, "2 a=1/1!23001", "2 0 a=1/1 b=2/1 c=3/2"},
			{"bob", chat.ExtensionSet, []chat.Extension{pair("a", "4", 1)}, "3 a=4/3", "3 0 b=2/1 c=3/2 a=4/3"},
			{"alice", chat.ExtensionDelete, []chat.Extension{pair("a", "", 1), pair("b", "ignored", 1), pair("none", "", 0)}, "4 a=4/3!23001 b=/4 none=/0!23004", "4 0 c=3/2 a=4/3 b=/4"},
			{"alice", chat.ExtensionDelete, []chat.Extension{pair("b", "", 4)}, "4 b=/4!23004", "4 0 c=3/2 a=4/3 b=/4"},
			{"bob", chat.ExtensionSet, []chat.Extension{pair("b", "5", 1)}, "4 b=/4!23001", "4 0 c=3/2 a=4/3 b=/4"},
			{"bob", chat.ExtensionSet, []chat.Extension{pair("b", "5", 0)}, "5 b=5/5", "5 0 c=3/2 a=4/3 b=5/5"},
			{"bob", chat.ExtensionClear, nil, "6", "6 6"},
			{"bob", chat.ExtensionClear, nil, "6", "6 6"},
			{"alice", chat.ExtensionSet, []chat.Extension{pair("a", "6", 0)}, "7 a=6/7", "7 6 a=6/7"},
		} {
			what := fmt.Sprint(name, ": ", step.operation, step.pairs)
			done, err := f.extend(step.userID, target, step.operation, step.pairs...)
			f.must(err)
			equal(f, what, outcome(done), step.want)
			equal(f, what+", what is there", f.extensions("alice", target, 0), step.then)
		}
		equal(f, name+": from a version on", f.extensions("bob", target, 8), "7 6")
	}
}

func TestExtensionsAreTold(t *testing.T) {
	t.Parallel()
	f := start(t)
	for name, target := range f.targets() {
		f.hooks.Take()
		_, err := f.extend("bob", target, chat.ExtensionSet, chat.Extension{Key: "a", Value: "1"})
		f.must(err)
		_, err = f.extend("bob", target, chat.ExtensionSet, chat.Extension{Key: "a", Value: "2"}) // of a version that is gone
		f.must(err)
		_, err = f.extend("bob", target, chat.ExtensionClear)
		f.must(err)
		var changes []event.ExtensionChange
		heard, _ := f.hooks.Take()
		for _, e := range heard {
			switch e := e.(type) {
			case event.GroupExtensionsChanged:
				changes = append(changes, e.ExtensionChange)
			case event.PairExtensionsChanged:
				changes = append(changes, e.ExtensionChange)
			}
		}
		at := f.clock.Now()
		for i := range changes {
			changes[i].At = changes[i].At.UTC()
		}
		equal(f, name, changes, []event.ExtensionChange{
			{Operation: chat.ExtensionSet, Version: 1, Changed: []chat.Extension{{Key: "a", Value: "1", Seq: 1}}, At: at},
			{Operation: chat.ExtensionClear, Version: 2, At: at},
		})
	}
}

func TestExtensionsRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.app.Settings.BlockedWords = []string{"rude"}
	target := f.say("g", nil)
	plain := f.say("g", func(r *group.SendRequest) { r.SupportExtension = false })
	many := make([]chat.Extension, chat.MaxExtensionBatch+1)
	for i := range many {
		many[i] = chat.Extension{Key: fmt.Sprint(i), Value: "v"}
	}
	one := chat.Extension{Key: "a", Value: "1"}
	for _, test := range []struct {
		name      string
		target    mark.Target
		operation chat.ExtensionOperation
		pairs     []chat.Extension
		want      *chat.Error
	}{
		{"message without them", plain, chat.ExtensionSet, []chat.Extension{one}, chat.ErrNoExtensions},
		{"unknown operation", target, 4, []chat.Extension{one}, chat.ErrParameter},
		{"nothing to set", target, chat.ExtensionSet, nil, chat.ErrParameter},
		{"too many at once", target, chat.ExtensionSet, many, chat.ErrParameter},
		{"no key", target, chat.ExtensionSet, []chat.Extension{{Value: "1"}}, chat.ErrParameter},
		{"long key", target, chat.ExtensionSet, []chat.Extension{{Key: strings.Repeat("k", 101), Value: "1"}}, chat.ErrParameter},
		{"no value", target, chat.ExtensionSet, []chat.Extension{{Key: "a"}}, chat.ErrParameter},
		{"long value", target, chat.ExtensionSet, []chat.Extension{{Key: "a", Value: strings.Repeat("v", 1001)}}, chat.ErrParameter},
		{"one key twice", target, chat.ExtensionSet, []chat.Extension{one, one}, chat.ErrParameter},
		{"blocked word", target, chat.ExtensionSet, []chat.Extension{{Key: "a", Value: "how rude"}}, chat.ErrBlockedContent},
	} {
		_, err := f.extend("bob", test.target, test.operation, test.pairs...)
		f.refused(test.name, err, test.want)
	}
	_, err := f.marks.Extensions(f.Context(), f.client("bob"), plain, 0)
	f.refused("reading a message without them", err, chat.ErrNoExtensions)
	equal(f, "after all that", f.extensions("bob", target, 0), "0 0")
}

// fill sets n pairs of a message, as many at once as may be.
func (f *fixture) fill(t mark.Target, n int) {
	f.Helper()
	for i := 0; i < n; i += chat.MaxExtensionBatch {
		var pairs []chat.Extension
		for j := i; j < min(i+chat.MaxExtensionBatch, n); j++ {
			pairs = append(pairs, chat.Extension{Key: fmt.Sprintf("key%03d", j), Value: "v"})
		}
		_, err := f.extend("bob", t, chat.ExtensionSet, pairs...)
		f.must(err)
	}
}

func TestManyExtensions(t *testing.T) {
	t.Parallel()
	f := start(t)
	target := f.say("g", nil)
	f.fill(target, chat.MaxExtensions)
	_, err := f.extend("bob", target, chat.ExtensionSet, chat.Extension{Key: "another", Value: "v"})
	f.refused("one too many", err, chat.ErrParameter)
	seen := 0
	for from := int64(0); ; {
		page, err := f.marks.Extensions(f.Context(), f.client("alice"), target, from)
		f.must(err)
		seen += len(page.List)
		if page.Complete {
			break
		}
		if len(page.List) > chat.MaxExtensionPage {
			t.Fatalf("a page has %d pairs", len(page.List))
		}
		from = page.List[len(page.List)-1].Seq + 1
	}
	equal(f, "pairs on all pages", seen, chat.MaxExtensions)

	// What was deleted makes room, oldest first.
	for _, key := range []string{"key007", "key003", "key005"} {
		_, err := f.extend("bob", target, chat.ExtensionDelete, chat.Extension{Key: key, Seq: 1})
		f.must(err)
	}
	_, err = f.extend("bob", target, chat.ExtensionSet, chat.Extension{Key: "another", Value: "v"}, chat.Extension{Key: "third", Value: "v"})
	f.must(err)
	equal(f, "the youngest changes", f.extensions("alice", target, 16), "19 0 key005=/18 another=v/19 third=v/19")
}

func TestExtensionRate(t *testing.T) {
	t.Parallel()
	f := start(t)
	target, other := f.say("g", nil), f.say("g", nil)
	for range chat.ExtensionRate {
		_, err := f.extend("bob", target, chat.ExtensionClear)
		f.must(err)
	}
	_, err := f.extend("alice", target, chat.ExtensionClear)
	f.refused("one too many", err, chat.ErrExtensionRate)
	_, err = f.extend("bob", other, chat.ExtensionClear)
	f.must(err)
	f.clock.Advance(time.Minute)
	_, err = f.extend("alice", target, chat.ExtensionClear)
	f.must(err)
}
