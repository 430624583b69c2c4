package e2e_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/testkit"
)

// TestRollingUpgrade starts nodes at once on an empty database and puts a newer program
// with a newer schema in their place, first on two nodes that start at once, then on the
// one that still serves with the older program, while senders send through something
// that takes the nodes in turn. A request that no node took is made again; apart from
// that no sender notices, nothing is lost, and every message's webhook arrives.
func TestRollingUpgrade(t *testing.T) {
	const nodes, newVersion = 3, "v99.0.0-next"
	next, newSchema := buildNext(t, newVersion)
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	args := []string{"--store", url, "--cluster", testkit.StartNATS(t, nodes).URL()}

	w := newWorld(t, 1, args...)
	cluster := []*testkit.Installation{w.Installation}
	for len(cluster) < nodes {
		cluster = append(cluster, testkit.NewInstallation(t, program, args...))
	}
	servers := startAtOnce(t, cluster)
	oldSchema := schemaOf(t, url)
	w.furnish(t)
	w.awaitFurnished(t, cluster)
	w.rest.HTTP.Transport = newTurns(t, cluster)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.send(ctx, t, 1, 8)
	}()
	sends := 0
	for _, part := range [][]int{{0, 1}, {2}} {
		sends += backupSends
		w.awaitSends(t, sends)
		var upgraded []*testkit.Installation
		for _, n := range part {
			servers[n].Stop(t)
			cluster[n].Program = next
			upgraded = append(upgraded, cluster[n])
		}
		sends += backupSends
		w.awaitSends(t, sends) // by the others
		for i, s := range startAtOnce(t, upgraded) {
			servers[part[i]] = s
			if server, err := upgraded[i].Admin().Server(t.Context()); err != nil || server.Version != newVersion {
				t.Errorf("node %d says that it is version %q, %v, want %q", part[i], server.Version, err, newVersion)
			}
		}
		if got := schemaOf(t, url); got != newSchema || got == oldSchema {
			t.Errorf("the schema is %s and was %s, want %s", got, oldSchema, newSchema)
		}
	}
	w.awaitSends(t, sends+backupSends)
	cancel()
	<-done
	w.settle(t)
	for n := range worldGroups {
		w.verifyHistory(t, groupID(n))
		w.verifyTold(t, groupName(groupID(n)), callback.CommandGroupAfterSendMsg)
	}
	for n := range worldOfficials {
		w.verifyTold(t, officialName(officialID(n)), callback.CommandOfficialAccountAfterSendMsg)
	}
	w.verifyRefusals(t)
	for _, s := range servers {
		s.Stop(t)
	}
	_, _, repeats := w.ledger.answered()
	t.Logf("%d requests were made again because their node was away", repeats)
}

// startAtOnce starts servers and waits until all are ready.
func startAtOnce(t *testing.T, installations []*testkit.Installation) []*testkit.Server {
	t.Helper()
	var servers []*testkit.Server
	for _, i := range installations {
		servers = append(servers, i.Launch(t))
	}
	for _, s := range servers {
		s.WaitReady(t)
	}
	return servers
}

// awaitFurnished waits until all nodes have heard of the last thing that furnish does
// to the app.
func (w *world) awaitFurnished(t *testing.T, nodes []*testkit.Installation) {
	t.Helper()
	for _, n := range nodes {
		for begun := time.Now(); ; kept(t.Context(), 5*time.Millisecond) {
			hook, err := n.Admin().GetWebhook(t.Context(), testkit.SDKAppID, false)
			if err != nil || time.Since(begun) > testkit.Patience {
				t.Fatalf("a node has not heard of the webhook: %q, %v", hook.URL, err)
			}
			if hook.URL == w.receiver.URL() {
				break
			}
		}
	}
}

// verifyTold holds that each acknowledged message of a conversation has one event,
// and that it was acknowledged, however often it came.
func (w *world) verifyTold(t *testing.T, conversation string, command callback.Command) {
	t.Helper()
	w.record.mu.Lock()
	defer w.record.mu.Unlock()
	told := make(map[int64]bool)
	for _, e := range w.record.order[conversation] {
		switch {
		case e.command != command:
			continue
		case told[e.seq]:
			t.Errorf("%s %d has a second event, %s", conversation, e.seq, e.id)
		case w.ledger.sent[conversation][e.seq].text != e.text:
			t.Errorf("%s tells of %.20q at %s %d, where %s belongs", e.id, e.text, conversation, e.seq, w.ledger.sent[conversation][e.seq])
		case !e.acknowledged:
			t.Errorf("%s was never acknowledged", e.id)
		}
		told[e.seq] = true
	}
	if len(told) != len(w.ledger.sent[conversation]) {
		t.Errorf("%d messages of %s were acknowledged, and events of %d arrived", len(w.ledger.sent[conversation]), conversation, len(told))
	}
}

// turns sends one request to each node in turn, as a proxy that knows nothing of them.
type turns struct {
	http.Transport

	hosts []string
	count atomic.Int64
}

func newTurns(t *testing.T, nodes []*testkit.Installation) *turns {
	t.Helper()
	r := &turns{Transport: http.Transport{MaxIdleConnsPerHost: 64}}
	for _, n := range nodes {
		r.hosts = append(r.hosts, n.Addr)
	}
	t.Cleanup(r.CloseIdleConnections)
	return r
}

// RoundTrip makes a request to the node whose turn it is.
func (r *turns) RoundTrip(request *http.Request) (*http.Response, error) {
	turn := request.Clone(request.Context())
	turn.URL.Host = r.hosts[int(r.count.Add(1))%len(r.hosts)]
	turn.Host = ""
	return r.Transport.RoundTrip(turn)
}

// nextMigration is what a newer program does to the schema. It cannot be done twice,
// and what it changes is in use.
const nextMigration = `
CREATE TABLE next_thing (id BIGINT PRIMARY KEY);
ALTER TABLE conversation ADD COLUMN next_thing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chat_group ADD COLUMN next_thing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN next_thing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN next_thing BIGINT NOT NULL DEFAULT 0;
`

// buildNext builds the program with a version and one more migration, and returns its
// path and schema.
func buildNext(t *testing.T, version string) (file, schema string) {
	t.Helper()
	migrations, err := filepath.Abs("../internal/store/sqlstore/migrations")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := filepath.Glob(filepath.Join(migrations, "*.sql"))
	if err != nil || len(steps) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	number := len(steps) + 1
	dir := t.TempDir()
	file, step, overlay := filepath.Join(dir, "parley"), filepath.Join(dir, "next.sql"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(migrations, fmt.Sprintf("%04d_next.sql", number)): step}})
	if err := errors.Join(err, os.WriteFile(step, []byte(nextMigration), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-ldflags", "-X main.release="+version, "-o", file, "github.com/parley-im/parley/cmd/parley")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return file, strconv.Itoa(number)
}

// TestProgramOlderThanSchema: a node whose program is too old for the database says
// so and ends, whether the others run or not, and leaves the database alone.
func TestProgramOlderThanSchema(t *testing.T) {
	database := testkit.StartPostgres(t, "fsync=off")
	url := database.Database(t)
	running := testkit.NewInstallation(t, program, "--store", url)
	s := running.Start(t)
	const schema = "9999"
	setSchema(t, url, schema)

	old := testkit.NewInstallation(t, program, "--store", url)
	refused := old.Launch(t)
	if code := refused.Wait(t); code != 1 {
		t.Errorf("the older program ended with exit code %d, want 1", code)
	}
	for _, want := range []string{"the database has schema " + schema, "start a newer version of Parley"} {
		if !strings.Contains(refused.Log(), want) {
			t.Errorf("the older program does not say %q:\n%s", want, refused.Log())
		}
	}
	if got := schemaOf(t, url); got != schema {
		t.Errorf("the older program changed the schema to %s", got)
	}
	s.WaitReady(t) // what runs goes on
	s.Stop(t)
}

func setSchema(t *testing.T, url, version string) {
	t.Helper()
	withDatabase(t, url, func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, `UPDATE parley_meta SET value = $1 WHERE name = 'schema'`, version)
		return err
	})
}

func schemaOf(t *testing.T, url string) (version string) {
	t.Helper()
	withDatabase(t, url, func(ctx context.Context, db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT value FROM parley_meta WHERE name = 'schema'`).Scan(&version)
	})
	return version
}

func withDatabase(t *testing.T, url string, do func(context.Context, *sql.DB) error) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := do(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}
