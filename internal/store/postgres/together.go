package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/parley-im/parley/internal/store/sqlstore"
)

// onDriver runs fn with the driver's own connection.
func onDriver(conn *sql.Conn, fn func(*pgx.Conn) error) error {
	return conn.Raw(func(raw any) error {
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is none of pgx")
		}
		return fn(c.Conn())
	})
}

// together sends all statements before it waits for the first answer. The server runs
// none behind one that fails.
func together(ctx context.Context, conn *sql.Conn, list []sqlstore.Statement) error {
	return onDriver(conn, func(c *pgx.Conn) error {
		var batch pgx.Batch
		for _, s := range list {
			query := batch.Queue(s.Text, s.Args...)
			if s.Row == nil {
				continue
			}
			query.Query(func(rows pgx.Rows) error {
				defer rows.Close()
				for rows.Next() {
					if err := s.Row(rows.Scan); err != nil {
						return err
					}
				}
				return rows.Err()
			})
		}
		return c.SendBatch(ctx, &batch).Close()
	})
}
