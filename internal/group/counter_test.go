package group_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

func (f *fixture) count(caller chat.Caller, groupID string, mode group.CounterMode, list ...chat.Counter) ([]chat.Counter, error) {
	return f.groups.UpdateCounters(f.Context(), caller, group.CounterRequest{GroupID: groupID, Mode: mode, List: list})
}

func TestCounters(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.hooks.take()
	bob := f.client("bob")
	for _, step := range []struct {
		mode   group.CounterMode
		change []chat.Counter
		want   []chat.Counter
	}{
		{group.CounterIncrease, []chat.Counter{{Key: "likes", Value: 3}}, []chat.Counter{{Key: "likes", Value: 3}}},
		{group.CounterSet, []chat.Counter{{Key: "seats", Value: 8}, {Key: "likes", Value: 1}}, []chat.Counter{{Key: "seats", Value: 8}, {Key: "likes", Value: 1}}},
		{group.CounterDecrease, []chat.Counter{{Key: "likes", Value: 5}}, []chat.Counter{{Key: "likes", Value: -4}}},
		{group.CounterIncrease, []chat.Counter{{Key: "likes", Value: -1}, {Key: "likes", Value: -1}}, []chat.Counter{{Key: "likes", Value: -5}, {Key: "likes", Value: -6}}},
		{group.CounterDecrease, []chat.Counter{{Key: "low", Value: math.MaxInt64}}, []chat.Counter{{Key: "low", Value: -math.MaxInt64}}},
		{group.CounterDecrease, []chat.Counter{{Key: "low", Value: 1}}, []chat.Counter{{Key: "low", Value: math.MinInt64}}},
	} {
		got, err := f.count(bob, "g", step.mode, step.change...)
		f.must(err)
		equal(f, fmt.Sprint(step.mode, step.change), got, step.want)
	}
	all, err := f.groups.Counters(f.Context(), f.client("alice"), "g", nil)
	f.must(err)
	equal(f, "all", all, chat.Counters{Version: 6, List: []chat.Counter{{Key: "likes", Value: -6}, {Key: "seats", Value: 8}, {Key: "low", Value: math.MinInt64}}})
	some, err := f.groups.Counters(f.Context(), f.client("alice"), "g", []string{"seats", "none"})
	f.must(err)
	equal(f, "some", some.List, []chat.Counter{{Key: "seats", Value: 8}})
	heard, _ := f.hooks.take()
	equal(f, "number of events", len(heard), 6)
	e := heard[1].(event.GroupCountersChanged)
	equal(f, "what is told", []any{e.Set, e.Version, len(e.Changed)}, []any{true, int64(2), 2})
}

func TestCountersRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("@TGS#_c", chat.Community, "bob")
	bob := f.client("bob")
	_, err := f.count(bob, "g", group.CounterSet, chat.Counter{Key: "full", Value: math.MaxInt64}, chat.Counter{Key: "empty", Value: math.MinInt64})
	f.must(err)
	var many []chat.Counter
	for i := range chat.MaxCounters - 1 {
		many = append(many, chat.Counter{Key: fmt.Sprint("key", i)})
	}
	one := []chat.Counter{{Key: "a", Value: 1}}
	for _, test := range []struct {
		name   string
		caller chat.Caller
		group  string
		mode   group.CounterMode
		list   []chat.Counter
		want   *chat.Error
	}{
		{"stranger", f.client("carol"), "g", group.CounterSet, one, chat.ErrNotPermitted},
		{"no such group", bob, "none", group.CounterSet, one, chat.ErrGroupNotFound},
		{"community", bob, "@TGS#_c", group.CounterSet, one, chat.ErrNotPermitted},
		{"unknown mode", bob, "g", "set", one, chat.ErrParameter},
		{"nothing", bob, "g", group.CounterSet, nil, chat.ErrParameter},
		{"no key", bob, "g", group.CounterSet, []chat.Counter{{Value: 1}}, chat.ErrParameter},
		{"long key", bob, "g", group.CounterSet, []chat.Counter{{Key: strings.Repeat("k", 129)}}, chat.ErrParameter},
		{"too many at once", bob, "g", group.CounterSet, append(many, chat.Counter{Key: "a"}, chat.Counter{Key: "b"}), chat.ErrTooManyCounters},
		{"too many with those that are there", bob, "g", group.CounterSet, many, chat.ErrTooManyCounters},
		{"over the top", bob, "g", group.CounterIncrease, []chat.Counter{{Key: "full", Value: 1}}, chat.ErrParameter},
		{"over the top backwards", bob, "g", group.CounterDecrease, []chat.Counter{{Key: "full", Value: -1}}, chat.ErrParameter},
		{"below the bottom", bob, "g", group.CounterDecrease, []chat.Counter{{Key: "empty", Value: 1}}, chat.ErrParameter},
		{"below the bottom backwards", bob, "g", group.CounterIncrease, []chat.Counter{{Key: "empty", Value: -1}}, chat.ErrParameter},
		{"one good and one bad", bob, "g", group.CounterIncrease, []chat.Counter{{Key: "empty", Value: 1}, {Key: "full", Value: 1}}, chat.ErrParameter},
	} {
		_, err := f.count(test.caller, test.group, test.mode, test.list...)
		f.refused(test.name, err, test.want)
	}
	_, err = f.groups.Counters(f.Context(), f.client("carol"), "g", nil)
	f.refused("reading by a stranger", err, chat.ErrNotPermitted)
	held, err := f.groups.Counters(f.Context(), bob, "g", nil)
	f.must(err)
	equal(f, "counters after all that", held, chat.Counters{Version: 1, List: []chat.Counter{{Key: "full", Value: math.MaxInt64}, {Key: "empty", Value: math.MinInt64}}})
}
