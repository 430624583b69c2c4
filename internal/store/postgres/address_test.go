package postgres_test

import (
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// TestWrongAddress: an operator is told what is wrong with the address of the database
// or with the database there, and the password is not quoted.
func TestWrongAddress(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	mine := server.Database(t)
	db := raw(t, mine)
	execute(t, db, "CREATE ROLE stranger LOGIN PASSWORD 'hidden'")
	name := mine[strings.LastIndex(mine, "/")+1:]
	_, address, _ := strings.Cut(server.URL(name), "@")
	const stranger = "postgres://stranger:hidden@"
	for _, tt := range []struct{ situation, url, want string }{
		{"a password with a slash", "postgres://parley:hid/hidden@db/parley", "a password has %40 for @"},
		{"a password with a percent sign", "postgres://parley:hidden%zz@db/parley", "a password has %40 for @"},
		{"a file that is not there", "postgres://parley:hidden@db/parley?sslmode=verify-full&sslrootcert=/no/such/ca.pem", "/no/such/ca.pem"},
		{"an unknown sslmode", "postgres://parley:hidden@db/parley?sslmode=maybe", "sslmode is invalid"},
		{"a role without rights", stranger + address, "must belong to the role"},
		{"no such database", strings.Replace(stranger+address, name, "nowhere", 1), "does not exist"},
		{"a standby", stranger + address + separator(address) + "options=-cdefault_transaction_read_only%3Don", "it takes no changes"},
	} {
		_, err := postgres.Open(t.Context(), postgres.Options{URL: tt.url})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: got %v, want an error with %q and without the password", tt.situation, err, tt.want)
		}
	}
}

func separator(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}
