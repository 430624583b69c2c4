package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/parley-im/parley/internal/store"
)

// Codes of PostgreSQL, by the names that its manual gives them in appendix A.
const (
	uniqueViolation       = "23505"
	notSupported          = "0A000"
	readOnlyTransaction   = "25006"
	idleInTransaction     = "25P03"
	serializationFailure  = "40001"
	deadlockDetected      = "40P01"
	insufficientPrivilege = "42501"
	diskFull              = "53100"
	lockNotAvailable      = "55P03"
	connectionException   = "08" // a class
	operatorIntervention  = "57" // a class: the server is shut down, or starting
)

func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// translate turns the engine's errors into those of package store.
func translate(err error) error {
	if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrUnreachable) {
		return err
	}
	switch {
	case code(err) == uniqueViolation:
		return fmt.Errorf("%w: %w", store.ErrExists, err)
	case code(err) == diskFull:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case lost(err):
		return fmt.Errorf("%w: %w", store.ErrUnreachable, err)
	}
	return err
}

func again(err error) bool {
	c := code(err)
	return c == serializationFailure || c == deadlockDetected || outdated(err)
}

// outdated reports whether a statement was prepared for a schema that somebody has
// changed since.
func outdated(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == notSupported && strings.Contains(e.Message, "cached plan")
}

// lost reports whether a connection is gone or cannot be made, or leads to a server
// that takes no changes any more. A deadline is always one of the store's own: the
// server did not answer in time.
func lost(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if c := code(err); c != "" {
		return c == readOnlyTransaction || c == idleInTransaction || strings.HasPrefix(c, connectionException) || strings.HasPrefix(c, operatorIntervention)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// writable refuses a server that only reads, so that the next host is tried.
func writable(ctx context.Context, conn *pgconn.PgConn) error {
	if err := pgconn.ValidateConnectTargetSessionAttrsReadWrite(ctx, conn); err != nil {
		return fmt.Errorf("it takes no changes, as a standby: %w", err)
	}
	return nil
}
