package official_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/official"
)

func TestSubscribers(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%02d", i)
	}
	f.imports(ids...)
	type results = map[string]official.Result
	for _, step := range []struct {
		name    string
		do      func(context.Context, chat.Caller, string, []string) (map[string]official.Result, error)
		account string
		users   []string
		want    results
		refusal *chat.Error
		left    int
	}{
		{name: "subscribe", do: f.officials.Subscribe, users: []string{"bob", "nobody", "bob"}, want: results{"bob": official.Done, "nobody": official.NotDone}, left: 1},
		{name: "again", do: f.officials.Subscribe, users: []string{"bob", "carol"}, want: results{"bob": official.Already, "carol": official.Done}, left: 2},
		{name: "subscribe nobody", do: f.officials.Subscribe, refusal: chat.ErrOfficialParameter, left: 2},
		{name: "unsubscribe nobody", do: f.officials.Unsubscribe, refusal: chat.ErrOfficialRequest, left: 2},
		{name: "subscribe 101", do: f.officials.Subscribe, users: make([]string, 101), refusal: chat.ErrOfficialParameter, left: 2},
		{name: "unsubscribe 101", do: f.officials.Unsubscribe, users: make([]string, 101), refusal: chat.ErrOfficialParameter, left: 2},
		{name: "one without name", do: f.officials.Subscribe, users: []string{"bob", ""}, refusal: chat.ErrOfficialParameter, left: 2},
		{name: "to nothing", do: f.officials.Subscribe, account: "-", users: []string{"bob"}, refusal: chat.ErrOfficialParameter, left: 2},
		{name: "from nothing", do: f.officials.Unsubscribe, account: "-", users: []string{"bob"}, refusal: chat.ErrOfficialParameter, left: 2},
		{name: "to what is not there", do: f.officials.Subscribe, account: "@TOA#_b", users: []string{"bob"}, refusal: chat.ErrOfficialNotFound, left: 2},
		{name: "from what is not there", do: f.officials.Unsubscribe, account: "@TOA#_b", users: []string{"bob"}, refusal: chat.ErrOfficialNotFound, left: 2},
		{name: "unsubscribe", do: f.officials.Unsubscribe, users: []string{"bob", "alice", "nobody", "bob"}, want: results{
			"bob": official.Done, "alice": official.Already, "nobody": official.NotDone,
		}, left: 1},
		{name: "unsubscribe again", do: f.officials.Unsubscribe, users: []string{"bob", "carol"}, want: results{"bob": official.Already, "carol": official.Done}},
	} {
		id := step.account
		switch id {
		case "":
			id = "@TOA#_a"
		case "-":
			id = ""
		}
		got, err := step.do(f.Context(), f.rest(), id, step.users)
		f.refused(step.name, err, step.refusal)
		if step.refusal == nil {
			equal(f, step.name, got, step.want)
		}
		equal(f, step.name+": subscribers left", f.info("@TOA#_a").SubscriberNum, step.left)
	}

	_, err := f.officials.Subscribe(f.Context(), f.rest(), "@TOA#_a", ids)
	f.must(err)
	for limit, pages := range map[int]int{0: 1, 200: 1, 100: 1, 99: 2, 30: 4, 1: 100} {
		var all []string
		after, n := int64(0), 0
		for {
			page, err := f.officials.Subscribers(f.Context(), f.rest(), "@TOA#_a", after, limit)
			f.must(err)
			equal(f, "subscribers in all", page.Total, 100)
			for _, s := range page.Subscribers {
				all = append(all, s.UserID)
			}
			if n++; page.Next == 0 {
				break
			}
			after = page.Next
		}
		equal(f, fmt.Sprintf("pages of %d", limit), all, ids)
		equal(f, fmt.Sprintf("number of pages of %d", limit), n, pages)
	}
	for name, tt := range map[string]struct {
		id    string
		limit int
		want  *chat.Error
	}{
		"no account":           {"", 1, chat.ErrOfficialParameter},
		"unknown account":      {"@TOA#_b", 1, chat.ErrOfficialNotFound},
		"201":                  {"@TOA#_b", 201, chat.ErrOfficialParameter},
		"less than no members": {"@TOA#_a", -1, chat.ErrOfficialParameter},
	} {
		_, err := f.officials.Subscribers(f.Context(), f.rest(), tt.id, 0, tt.limit)
		f.refused(name, err, tt.want)
	}
}

func TestFullAccount(t *testing.T) {
	t.Parallel()
	f := start(t)
	_, err := f.officials.Create(f.Context(), f.rest(), official.CreateRequest{ID: "@TOA#_a", Owner: "alice", Name: "small", MaxSubscriber: new(1)})
	f.must(err)
	got, err := f.officials.Subscribe(f.Context(), f.rest(), "@TOA#_a", []string{"bob", "carol"})
	f.must(err)
	equal(f, "as many as fit", got, map[string]official.Result{"bob": official.Done, "carol": official.NotDone})
	_, err = f.officials.Subscribe(f.Context(), f.rest(), "@TOA#_a", []string{"carol"})
	f.refused("full", err, chat.ErrOfficialFull)
	got, err = f.officials.Subscribe(f.Context(), f.rest(), "@TOA#_a", []string{"bob"})
	f.must(err)
	equal(f, "full, but subscribed", got, map[string]official.Result{"bob": official.Already})
}
