package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// faultReport is what a run has to tell.
type faultReport struct {
	Seed      uint64  `json:"seed"`
	Seconds   float64 `json:"seconds"`
	Nodes     int     `json:"nodes"`
	NATS      int     `json:"nats_servers"`
	Databases int     `json:"postgresql_servers"`
	// Faults are in the order in which they were made.
	Faults []injected `json:"faults"`
	// Groups and Operations are what was checked for being linearizable.
	Groups     int `json:"groups_checked"`
	Operations int `json:"operations_checked"`
	Sends      int `json:"sends_acknowledged"`
	Refused    int `json:"sends_refused"`
	Reads      int `json:"reads"`
	// Unread are reads that failed.
	Unread int `json:"reads_failed"`
	// Repeats are calls that had to be repeated, by code; 0 is for those without an
	// answer.
	Repeats map[int]int `json:"calls_repeated"`
	// Webhooks are different events; Again are calls about those that had been
	// acknowledged.
	Webhooks int `json:"webhook_events"`
	Again    int `json:"webhook_calls_repeated"`
	// Longest is how long a caller waited at most for an answer, in seconds.
	Longest float64 `json:"longest_call_seconds"`
	// Ghost is how long a user at most seemed to be online after his node was killed,
	// in seconds.
	Ghost float64 `json:"ghost_seconds"`
	// Clients came back so many times, with so many new logins.
	Clients    int      `json:"clients"`
	Reconnects int      `json:"client_reconnects"`
	Logins     int      `json:"client_logins"`
	Pushed     int      `json:"messages_pushed"`
	Caught     int      `json:"messages_caught_up"`
	Violations []string `json:"violations"`

	mu sync.Mutex // guards Violations
}

// injected is one fault.
type injected struct {
	Kind   string `json:"kind"`
	Target string `json:"target"`
	// At is when it began, Lasted how long until its cause was removed, both in
	// seconds.
	At     float64 `json:"at_seconds"`
	Lasted float64 `json:"lasted_seconds"`
	// Halt is the longest time without an acknowledged message from the beginning to
	// the end of recovery; Sends is how long after its cause was removed every node
	// took messages again, and Heard when every client had got these.
	Halt  float64 `json:"longest_halt_seconds"`
	Sends float64 `json:"sends_after_seconds"`
	Heard float64 `json:"heard_after_seconds"`
	// Again are the webhook calls meanwhile about events that had been acknowledged.
	Again int `json:"webhook_calls_repeated"`
}

// violation reports what must not be.
func (f *faults) violation(t *testing.T, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Error(text)
	f.report.mu.Lock()
	defer f.report.mu.Unlock()
	f.report.Violations = append(f.report.Violations, text)
}

// String is the report for readers.
func (r *faultReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d nodes, %d NATS servers, %d PostgreSQL servers; seed %d, %.0f s\n\n", r.Nodes, r.NATS, r.Databases, r.Seed, r.Seconds)
	fmt.Fprintf(&b, "%-36s %5s %10s %15s %14s %14s %15s\n", "fault", "times", "lasted s", "longest halt s", "sends after s", "heard after s", "webhooks again")
	kinds := make(map[string][]injected)
	for _, i := range r.Faults {
		kinds[i.Kind] = append(kinds[i.Kind], i)
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		of := kinds[name]
		again := 0
		for _, i := range of {
			again += i.Again
		}
		most := func(value func(injected) float64) float64 {
			return value(slices.MaxFunc(of, func(a, b injected) int { return cmp.Compare(value(a), value(b)) }))
		}
		fmt.Fprintf(&b, "%-36s %5d %10.1f %15.1f %14.1f %14.1f %15d\n", name, len(of),
			most(func(i injected) float64 { return i.Lasted }), most(func(i injected) float64 { return i.Halt }),
			most(func(i injected) float64 { return i.Sends }), most(func(i injected) float64 { return i.Heard }), again)
	}
	fmt.Fprintf(&b, "\nSeconds are the largest of their kind, webhooks the sum.\n\n")
	repeats := 0
	for _, n := range r.Repeats {
		repeats += n
	}
	fmt.Fprintf(&b, "%d messages acknowledged, %d refused, %d reads (%d failed); %d calls repeated (by code, 0 for none: %v)\n",
		r.Sends, r.Refused, r.Reads, r.Unread, repeats, r.Repeats)
	fmt.Fprintf(&b, "%d webhooks, %d calls about one that had been acknowledged\n", r.Webhooks, r.Again)
	fmt.Fprintf(&b, "%d clients came back %d times, %d of them with a new login; %d messages pushed, %d read back\n",
		r.Clients, r.Reconnects, r.Logins, r.Pushed, r.Caught)
	fmt.Fprintf(&b, "nobody waited longer than %.1f s for an answer\n", r.Longest)
	if r.Ghost > 0 {
		fmt.Fprintf(&b, "a user whose node was killed seemed to be online for %.1f s\n", r.Ghost)
	}
	fmt.Fprintf(&b, "%d operations in %d groups checked for being linearizable\n", r.Operations, r.Groups)
	fmt.Fprintf(&b, "\n%d violations\n%s\n", len(r.Violations), strings.Join(r.Violations, "\n"))
	return b.String()
}

// finish completes the report, logs it, and writes it to the file that
// PARLEY_FAULTS_REPORT names, as JSON, and beside it as text.
func (f *faults) finish(t *testing.T) {
	t.Helper()
	r := &f.report
	r.Seconds = time.Since(f.histories.begin).Seconds()
	r.Sends, _, _ = f.answers.ledger.answered()
	r.Longest = f.answers.longest.Seconds()
	r.Refused, r.Repeats = len(f.answers.refused), f.answers.troubles()
	r.Reads, r.Unread = int(f.looks.Load()), int(f.unread.Load())
	_, r.Webhooks, r.Again = f.record.progress()
	r.Clients = len(f.clients)
	for _, a := range f.clients {
		a.mu.Lock()
		r.Reconnects, r.Logins = r.Reconnects+a.reconnects, r.Logins+a.logins-1
		r.Pushed, r.Caught = r.Pushed+a.pushed, r.Caught+a.read
		a.mu.Unlock()
	}
	t.Logf("report:\n%s", r)
	path := os.Getenv("PARLEY_FAULTS_REPORT")
	if path == "" {
		return
	}
	encoded, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(encoded, '\n'), 0o600); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path+".txt", []byte(r.String()), 0o600); err != nil {
		t.Error(err)
	}
}
