package testkit

import (
	"context"
	"testing"
)

// TestPostgresPair: the standby has what was committed, and takes changes after its
// promotion.
func TestPostgresPair(t *testing.T) {
	t.Parallel()
	primary, standby := StartPostgresPair(t)
	execute := func(p *Postgres, query string) {
		t.Helper()
		db := p.open(t, "postgres")
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	execute(primary, "CREATE TABLE kept (n BIGINT)")
	execute(primary, "INSERT INTO kept VALUES (1)")
	primary.Kill()
	standby.Promote(t)
	execute(standby, "INSERT INTO kept VALUES (2)")
	db := standby.open(t, "postgres")
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM kept").Scan(&n); err != nil || n != 2 {
		t.Errorf("got %d rows and error %v, want 2 rows", n, err)
	}
}
