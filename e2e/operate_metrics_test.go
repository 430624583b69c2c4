package e2e_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	dashboardFile = "../deploy/grafana/parley.json"
	alertsFile    = "../deploy/prometheus/alerts.yaml"
	handbookFile  = "../docs/operate.md"
)

// TestDashboardAndAlerts: what the dashboard and the alerts in deploy ask for, a
// server that shares its database exposes, with the labels that they name.
func TestDashboardAndAlerts(t *testing.T) {
	wanted := make(map[string][]string)
	for _, e := range append(dashboardQueries(t), alertQueries(t)...) {
		for name, labels := range metricsIn(e) {
			wanted[name] = append(wanted[name], labels...)
		}
	}
	if len(wanted) < 20 {
		t.Fatalf("only %d metrics are asked for: %v", len(wanted), slices.Sorted(maps.Keys(wanted)))
	}

	w := newWorld(t, 1, "--store", testkit.StartPostgres(t, "fsync=off").Database(t))
	s := w.Start(t)
	w.furnish(t)
	w.traffic(t)
	var missing []string
	for begin := time.Now(); time.Since(begin) < testkit.Patience; kept(t.Context(), 100*time.Millisecond) {
		if missing = missingIn(w.metrics(t), wanted); len(missing) == 0 {
			break
		}
	}
	for _, m := range missing {
		t.Errorf("%s is asked for and not exposed", m)
	}
	s.Stop(t)
}

// traffic lets something happen of everything that is counted, and ends with an event
// that waits for a receiver that is down.
func (w *world) traffic(t *testing.T) {
	t.Helper()
	if _, err := w.Admin().UpdateWebhook(t.Context(), testkit.SDKAppID, client.WebhookChange{On: []string{
		string(callback.CommandGroupBeforeSendMsg), string(callback.CommandGroupAfterSendMsg),
	}}); err != nil {
		t.Fatal(err)
	}
	a := &sender{world: w, rng: newRand(1, 1), most: 10, plain: true}
	c := testkit.NewClient(t, w.ClientOptions(t, userID(0)))
	if err := errors.Join(c.Dial(t.Context()), c.Login(t.Context())); err != nil {
		t.Fatal(err)
	}
	a.deliver(t, a.next())
	w.settle(t)
	c.Close()
	w.receiver.Down()
	a.deliver(t, a.next())
}

// metrics returns what the server exposes.
func (w *world) metrics(t *testing.T) string {
	t.Helper()
	return get(t, w.URL()+"/metrics")
}

// get returns the text at a URL.
func get(t testing.TB, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d, %v: %.200s", url, response.StatusCode, err, body)
	}
	return string(body)
}

// dashboardQueries are those of the panels and of the variables.
func dashboardQueries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Templating struct {
			List []struct {
				Name  string          `json:"name"`
				Type  string          `json:"type"`
				Query json.RawMessage `json:"query"`
			} `json:"list"`
		} `json:"templating"`
		Panels []struct {
			ID      int    `json:"id"`
			Type    string `json:"type"`
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatalf("%s: %v", dashboardFile, err)
	}
	var queries, variables []string
	for _, v := range dashboard.Templating.List {
		if variables = append(variables, v.Name); v.Type == "query" {
			queries = append(queries, string(v.Query))
		}
	}
	if want := []string{"datasource", "app", "instance"}; !slices.Equal(variables, want) {
		t.Errorf("the dashboard has the variables %v, want %v", variables, want)
	}
	ids := make(map[int]bool)
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d, %q: its number is taken, or it has no title or no queries", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

var alertParts = regexp.MustCompile(`(?m)^ +(?:- )?(alert|expr|severity|labels|summary|runbook): (.+)$`)

// alertQueries are the expressions of the alerts. Each alert has one, with a line for
// the operator and a place in the handbook.
func alertQueries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	handbook, err := os.ReadFile(handbookFile)
	if err != nil {
		t.Fatal(err)
	}
	var queries []string
	for alert := range strings.SplitSeq(string(text), "- alert: ") {
		name, _, _ := strings.Cut(alert, "\n")
		parts := make(map[string]string)
		for _, p := range alertParts.FindAllStringSubmatch(alert, -1) {
			parts[p[1]] = p[2]
		}
		if len(parts) == 0 {
			continue // what stands before the first one
		}
		if parts["expr"] == "" || parts["summary"] == "" || !strings.Contains(parts["labels"], "severity") {
			t.Errorf("alert %s has no expr, no severity or no summary", name)
		}
		_, anchor, _ := strings.Cut(parts["runbook"], "#")
		if anchor == "" || !strings.Contains(string(handbook), `<a id="`+anchor+`">`) {
			t.Errorf("alert %s sends its reader to %q, which %s does not have", name, anchor, handbookFile)
		}
		queries = append(queries, parts["expr"])
	}
	return queries
}

var (
	metricNames = regexp.MustCompile(`\b((?:parley|process|go)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	labelNames  = regexp.MustCompile(`([a-z_]+)(?:=|!)`)
	groupings   = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
)

// addedLabels are Prometheus' own, and le is part of every histogram.
var addedLabels = []string{"instance", "job", "le"}

// metricsIn returns the metrics of an expression with the labels that they are to
// have.
func metricsIn(query string) map[string][]string {
	found := make(map[string][]string)
	var grouped []string
	for _, g := range groupings.FindAllStringSubmatch(query, -1) {
		grouped = append(grouped, strings.Split(strings.ReplaceAll(g[1], " ", ""), ",")...)
	}
	for _, m := range metricNames.FindAllStringSubmatch(query, -1) {
		labels := slices.Clone(grouped)
		for _, l := range labelNames.FindAllStringSubmatch(m[2], -1) {
			labels = append(labels, l[1])
		}
		found[m[1]] = append(found[m[1]], slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(addedLabels, l) })...)
	}
	return found
}

// missingIn returns what is wanted and does not stand in exposed.
func missingIn(exposed string, wanted map[string][]string) []string {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		series := regexp.MustCompile(`(?m)^` + name + `(?:\{(.*)\})? `).FindStringSubmatch(exposed)
		if series == nil {
			missing = append(missing, name)
			continue
		}
		for _, label := range slices.Compact(slices.Sorted(slices.Values(wanted[name]))) {
			if !strings.Contains(","+series[1], ","+label+`="`) {
				missing = append(missing, name+" with the label "+label)
			}
		}
	}
	return missing
}
