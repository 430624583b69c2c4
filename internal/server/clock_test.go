package server_test

import (
	"bytes"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/server"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// TestClockIsCompared: a node warns once when its clock begins to differ from the
// database's, says once that this is over, and its metric follows.
func TestClockIsCompared(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	st, err := postgres.Open(t.Context(), postgres.Options{URL: testkit.StartPostgres(t, "fsync=off").Database(t), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var log bytes.Buffer
	metrics := prometheus.NewRegistry()
	check := server.ClockCheck(st, clock, slog.New(slog.NewTextHandler(&log, nil)), metrics)
	const differs, agrees = "level=WARN msg=\"this machine's clock differs", "level=INFO msg=\"this machine's clock agrees"
	for _, step := range []struct {
		situation string
		ahead     time.Duration
		want      []string
	}{
		{"as the database's", 0, nil},
		{"fast", time.Hour, []string{differs, "ahead=1h0m0s"}},
		{"still fast", 2 * time.Hour, nil},
		{"right again", 0, []string{agrees}},
		{"still right", 0, nil},
		{"slow", -time.Hour, []string{differs, "ahead=-1h0m0s"}},
	} {
		ahead.Store(int64(step.ahead))
		log.Reset()
		check(t.Context())
		for _, want := range step.want {
			if got := log.String(); !strings.Contains(got, want) {
				t.Errorf("%s: the log says %q, want %q", step.situation, got, want)
			}
		}
		if len(step.want) == 0 && log.Len() > 0 {
			t.Errorf("%s: the log says %q, want nothing", step.situation, log.String())
		}
		if got := gauge(t, metrics, "parley_clock_ahead_seconds"); math.Abs(got-step.ahead.Seconds()) > 2 {
			t.Errorf("%s: the metric says %v, want %v", step.situation, got, step.ahead.Seconds())
		}
	}
}

// gauge reads one metric.
func gauge(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}
