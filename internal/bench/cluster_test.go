//go:build linux

package bench_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/bench"
	"github.com/parley-im/parley/internal/testkit"
)

// installation is a way to run the program, on which store and as how many nodes, and
// how many send to it.
type installation struct {
	name string
	// nodes is 0 for the embedded store.
	nodes   int
	senders int
}

// BenchmarkCluster runs "parley bench" against the embedded store, against PostgreSQL
// and against three nodes on PostgreSQL with NATS, all on this machine, and prints one
// table. With 64 senders three nodes have a third of them each, with 192 as many as one
// node had before. It is a trial run unless PARLEY_BENCH_SECONDS says how long a phase takes;
// make bench-cluster runs it at full length.
func BenchmarkCluster(b *testing.B) {
	program, err := testkit.Build(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	installations := []installation{
		{"SQLite", 0, 64},
		{"PostgreSQL, one node", 1, 64},
		{"PostgreSQL, three nodes", 3, 64},
		{"PostgreSQL, one node", 1, 192},
		{"PostgreSQL, three nodes", 3, 192},
	}
	rows := make([]string, len(installations))
	for n, i := range installations {
		b.Run(fmt.Sprintf("%s/%d", i.name, i.senders), func(b *testing.B) { rows[n] = i.row(i.measure(b, program)) })
	}
	fmt.Fprint(os.Stdout, head, strings.Join(rows, ""))
}

// measure runs the bench against an installation.
func (i installation) measure(b *testing.B, program string) *bench.Report {
	b.Helper()
	args := []string{"bench", "--json", "--senders", strconv.Itoa(i.senders)}
	if seconds := os.Getenv("PARLEY_BENCH_SECONDS"); seconds != "" {
		args = append(args, "--phases", "yardsticks,sends,latency", "--duration", seconds+"s")
	} else {
		args = append(args, "--phases", "sends,latency", "--duration", "200ms", "--members", "5")
	}
	var serve []string
	if i.nodes > 0 {
		engine := testkit.StartPostgres(b)
		serve = append(serve, "--store", engine.Database(b))
		args = append(args, "--bare-store", engine.Database(b), "--engine-pid", strconv.Itoa(engine.PID()))
	}
	if i.nodes > 1 {
		serve = append(serve, "--cluster", testkit.StartNATS(b, 1).URL())
	}
	first := testkit.NewInstallation(b, program, serve...)
	first.Start(b)
	for range i.nodes - 1 {
		other := testkit.NewInstallation(b, program, serve...)
		other.Start(b)
		args = append(args, "--nodes", other.URL())
	}
	stdout, stderr, code := first.Run(b, append(args, "--data", first.Data)...)
	if code != 0 {
		b.Fatalf("%s: parley bench ended with %d\n%s", i.name, code, stderr)
	}
	var r bench.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(r.Sends.PerSecond, "sends/s")
	b.ReportMetric(0, "ns/op")
	return &r
}

const head = `
| | senders | sends/s | p50 | p99 | server CPU per send | PostgreSQL's CPU per send | together | bare commit/s | share of it | p50 at a steady 200/s | p99 | peak memory |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
`

// row is the table's line of an installation.
func (i installation) row(r *bench.Report) string {
	bare, share := "", ""
	if r.BareStore.PerSecond > 0 {
		bare, share = fmt.Sprintf("%.0f", r.BareStore.PerSecond), fmt.Sprintf("%.2f", r.Sends.PerSecond/r.BareStore.PerSecond)
	}
	s := &r.Sends
	return fmt.Sprintf("| %s | %d | %.0f | %.1f ms | %.1f ms | %.3f ms | %.3f ms | %.3f ms | %s | %s | %.1f ms | %.1f ms | %.0f MiB |\n",
		i.name, i.senders, s.PerSecond, s.P50, s.P99, s.ServerCPU, s.EngineCPU, s.ServerCPU+s.EngineCPU, bare, share, r.Latency.P50, r.Latency.P99, s.PeakMemory)
}
