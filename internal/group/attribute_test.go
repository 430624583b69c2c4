package group_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// attribute changes attributes of a group, given as key and value in turn.
func (f *fixture) attribute(caller chat.Caller, groupID string, o chat.AttributeOperation, pairs ...string) (chat.Attributes, error) {
	f.clock.Advance(time.Second) // the frequency limit has a test of its own
	r := group.AttributeRequest{GroupID: groupID, Operation: o}
	for i := 0; i < len(pairs); i += 2 {
		r.List = append(r.List, chat.Attribute{Key: pairs[i], Value: pairs[i+1]})
	}
	return f.groups.ChangeAttributes(f.Context(), caller, r)
}

// attributes is what a member reads: version, and key=value/seq.
func (f *fixture) attributes(groupID, userID string) string {
	f.Helper()
	a, err := f.groups.Attributes(f.Context(), f.client(userID), groupID)
	f.must(err)
	text := fmt.Sprint(a.Version)
	for _, one := range a.List {
		text += fmt.Sprintf(" %s=%s/%d", one.Key, one.Value, one.Seq)
	}
	return text
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, groupType := range []chat.GroupType{chat.Private, chat.Public, chat.ChatRoom} {
		t.Run(string(groupType), func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.create("g", groupType, "bob")
			equal(f, "none", f.attributes("g", "bob"), "0")
			for _, step := range []struct {
				operation chat.AttributeOperation
				pairs     []string
				want      string
			}{
				{chat.AttributesModify, []string{"a", "1", "b", "2"}, "1 a=1/1 b=2/1"},
				{chat.AttributesModify, []string{"b", "3", "c", "", "c", "4"}, "2 a=1/1 b=3/2 c=4/2"},
				{chat.AttributesDelete, []string{"a", "", "c", ""}, "3 b=3/2"},
				{chat.AttributesSet, []string{"d", "5"}, "4 d=5/4"},
				{chat.AttributesClear, nil, "5"},
				{chat.AttributesSet, nil, "6"},
			} {
				_, err := f.attribute(f.client("bob"), "g", step.operation, step.pairs...)
				f.must(err)
				equal(f, fmt.Sprint(step.operation, step.pairs), f.attributes("g", "alice"), step.want)
			}
		})
	}
}

func TestAttributesAreTold(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.hooks.take()
	changed, err := f.attribute(f.client("bob"), "g", chat.AttributesModify, "a", "1", "a", "2")
	f.must(err)
	want := []chat.Attribute{{Key: "a", Value: "2", Seq: 1}}
	equal(f, "what bob gets", changed, chat.Attributes{Version: 1, List: want})
	heard, _ := f.hooks.take()
	if len(heard) != 1 {
		t.Fatalf("heard of %d events, want 1", len(heard))
	}
	e := heard[0].(event.GroupAttributesChanged)
	equal(f, "operation", e.Operation, chat.AttributesModify)
	equal(f, "operator", e.Operator, "bob")
	equal(f, "what is told", e.Changed, want)
}

func TestAttributesRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("@TGS#_c", chat.Community, "bob")
	bob := f.client("bob")
	_, err := f.attribute(bob, "g", chat.AttributesSet, "a", "1")
	f.must(err)
	many := make([]string, 0, 2*chat.MaxAttributes)
	for i := range chat.MaxAttributes {
		many = append(many, fmt.Sprint("key", i), strings.Repeat("v", 990))
	}
	for _, test := range []struct {
		name      string
		caller    chat.Caller
		group     string
		operation chat.AttributeOperation
		pairs     []string
		want      *chat.Error
	}{
		{"stranger", f.client("carol"), "g", chat.AttributesModify, []string{"a", "1"}, chat.ErrNotPermitted},
		{"no such group", bob, "none", chat.AttributesModify, []string{"a", "1"}, chat.ErrGroupNotFound},
		{"community", bob, "@TGS#_c", chat.AttributesModify, []string{"a", "1"}, chat.ErrNotPermitted},
		{"nothing to modify", bob, "g", chat.AttributesModify, nil, chat.ErrParameter},
		{"nothing to delete", bob, "g", chat.AttributesDelete, nil, chat.ErrParameter},
		{"no key", bob, "g", chat.AttributesModify, []string{"", "1"}, chat.ErrAttributeKey},
		{"long key", bob, "g", chat.AttributesModify, []string{strings.Repeat("k", 33), "1"}, chat.ErrAttributeKey},
		{"long value", bob, "g", chat.AttributesModify, []string{"a", strings.Repeat("v", 4001)}, chat.ErrAttributeValue},
		{"too many at once", bob, "g", chat.AttributesSet, append([]string{"one", "more"}, many...), chat.ErrTooManyAttributes},
		{"too many with those that are there", bob, "g", chat.AttributesModify, many, chat.ErrTooManyAttributes},
		{"too long together", bob, "g", chat.AttributesSet, append([]string{"key0", strings.Repeat("v", 4000)}, many[2:]...), chat.ErrAttributesTooLong},
		{"unknown key to delete", bob, "g", chat.AttributesDelete, []string{"a", "", "none", ""}, chat.ErrAttributeNotFound},
	} {
		_, err := f.attribute(test.caller, test.group, test.operation, test.pairs...)
		f.refused(test.name, err, test.want)
	}
	_, err = f.groups.Attributes(f.Context(), f.client("carol"), "g")
	f.refused("reading by a stranger", err, chat.ErrNotPermitted)
	equal(f, "attributes after all that", f.attributes("g", "bob"), "1 a=1/1")
	_, err = f.attribute(f.rest(), "g", chat.AttributesSet, many...)
	f.must(err) // the administrator need not be a member
}

func TestAttributeVersions(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	change := func(version int64) error {
		_, err := f.groups.ChangeAttributes(f.Context(), f.client("bob"), group.AttributeRequest{
			GroupID: "g", Operation: chat.AttributesModify, List: []chat.Attribute{{Key: "a"}}, Version: &version,
		})
		return err
	}
	f.must(change(0))
	f.must(change(1))
	f.refused("the version before", change(1), chat.ErrAttributeConflict)
	f.refused("a version to come", change(3), chat.ErrAttributeConflict)
	f.must(change(2))
}

func TestAttributeRate(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("other", chat.Public, "bob")
	change := func(id string) error {
		_, err := f.groups.ChangeAttributes(f.Context(), f.client("bob"), group.AttributeRequest{GroupID: id, Operation: chat.AttributesClear})
		return err
	}
	for range chat.AttributeRate {
		f.must(change("g"))
	}
	f.refused("one too many", change("g"), chat.ErrAttributeRate)
	f.must(change("other"))
	f.clock.Advance(time.Second)
	f.must(change("g"))
}
