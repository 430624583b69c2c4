package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/server"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

func TestClockIsCompared(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	for name, test := range map[string]struct {
		ahead time.Duration
		want  string
	}{
		"fast":              {time.Hour, "ahead=1h0m0s"},
		"slow":              {-time.Hour, "ahead=-1h0m0s"},
		"as the database's": {0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := func() time.Time { return time.Now().Add(test.ahead) }
			st, err := postgres.Open(t.Context(), postgres.Options{URL: url, Clock: clock})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			var log bytes.Buffer
			server.CheckClock(t.Context(), st, clock, slog.New(slog.NewTextHandler(&log, nil)))
			if got := log.String(); !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("the log says %q, want %q", got, test.want)
			}
		})
	}
}
