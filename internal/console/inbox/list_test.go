package inbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListQuestions(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	for range 5 {
		do(t, http.MethodPost, url, "{}")
	}
	tests := []struct {
		name, query string
		ids         []int64
		next        int64
	}{
		{"all", "", []int64{1, 2, 3, 4, 5}, 5},
		{"the newest", "limit=2", []int64{4, 5}, 5},
		{"from the start", "since=0&limit=2", []int64{1, 2}, 2},
		{"after one", "since=3", []int64{4, 5}, 5},
		{"after the last", "since=5", nil, 5},
		{"after one of an earlier server", "since=99", []int64{1, 2, 3, 4, 5}, 5},
		{"no need to wait", "since=4&wait=30s", []int64{5}, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := listed(t, url+"?format=json&"+test.query)
			var ids []int64
			for _, entry := range got.Requests {
				ids = append(ids, entry.ID)
			}
			if diff := cmp.Diff(ids, test.ids); diff != "" || got.Next != test.next {
				t.Errorf("next: got %d, want %d; ids (-got +want):\n%s", got.Next, test.next, diff)
			}
		})
	}
}

func TestListRefusesBadQuestions(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	for _, query := range []string{"since=x", "since=-1", "limit=0", "limit=1001", "limit=", "wait=1", "wait=-1s"} {
		if status, _, text := do(t, http.MethodGet, url+"?"+query, ""); status != http.StatusBadRequest || !strings.Contains(text, "must be") {
			t.Errorf("%s: got %d %s", query, status, text)
		}
	}
}

func TestListIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	const sent = maxListing/MaxBody + 4
	body := strings.Repeat("x", MaxBody)
	for range sent {
		do(t, http.MethodPost, url, body)
	}
	if got := listed(t, url).Requests; len(got) >= sent || got[len(got)-1].ID != sent {
		t.Errorf("newest: got %d requests up to %d", len(got), got[len(got)-1].ID)
	}
	seen, since := 0, "0"
	for seen < sent {
		listing := listed(t, url+"?since="+since)
		if len(listing.Requests) == 0 {
			t.Fatalf("paging ends after %d of %d", seen, sent)
		}
		if listing.Next != listing.Requests[len(listing.Requests)-1].ID {
			t.Errorf("next: got %d", listing.Next)
		}
		seen += len(listing.Requests)
		text, err := json.Marshal(listing.Next)
		if err != nil {
			t.Fatal(err)
		}
		since = string(text)
	}
}

func TestLongPollHearsOfNews(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	answers := make(chan string, 1)
	go func() {
		_, _, text := do(t, http.MethodGet, url+"?since=0&wait=30s", "")
		answers <- text
	}()
	do(t, http.MethodPost, url, "news")
	if got := <-answers; !strings.Contains(got, `"body":"news"`) {
		t.Errorf("got %s", got)
	}
}
