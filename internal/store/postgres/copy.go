package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/parley-im/parley/internal/store/sqlstore"
)

// Copy copies a database of another engine into the one at url, which holds nothing
// yet or what an earlier run has copied. lastID is a query of from, as in
// sqlstore.CopyOptions.
func Copy(ctx context.Context, url string, from *sql.DB, lastID string, progress func(sqlstore.CopyProgress)) ([]sqlstore.CopiedTable, error) {
	db, err := connect(url)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := prepareTarget(ctx, url); err != nil {
		return nil, err
	}
	done, err := sqlstore.Copy(ctx, sqlstore.CopyOptions{
		From: from, LastID: lastID, To: db, Dialect: &copying, Insert: insert, Progress: progress,
		Bytes: "BYTEA", SetLastID: "SELECT setval(pg_get_serial_sequence(?, 'id'), ?)",
	})
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "SET statement_timeout = 0; ANALYZE"); err != nil {
		return nil, translate(fmt.Errorf("analyze the copy: %w", err))
	}
	return done, nil
}

// prepareTarget brings the schema up to date.
func prepareTarget(ctx context.Context, url string) error {
	s, err := open(ctx, Options{URL: url}, true)
	if err != nil {
		return err
	}
	return s.Close()
}

// copying is the dialect for a copy, whose transactions and comparisons are long.
var copying = func() sqlstore.Dialect {
	d := dialect
	d.BeginMigration = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; " + d.BeginMigration
	d.Text = func(text string) string { return withoutNUL(strings.ToValidUTF8(text, "\uFFFD")) }
	return d
}()

// insert adds rows in the way that is quickest.
func insert(ctx context.Context, conn *sql.Conn, table string, columns []string, rows [][]any) error {
	return onDriver(conn, func(c *pgx.Conn) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}
