package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CopyOptions are what a copy is made from and to.
type CopyOptions struct {
	// From is a database of the program's schema that nobody changes. It is only read.
	From *sql.DB
	// LastID is a query of From for the last ID that a table has given out.
	LastID string
	// To is a database of the program's schema.
	To *sql.DB
	// Dialect is that of To.
	Dialect *Dialect
	// Bytes is what To calls the type of columns that keep bytes.
	Bytes string
	// Insert adds rows in the transaction that runs on the connection of To.
	Insert func(ctx context.Context, conn *sql.Conn, table string, columns []string, rows [][]any) error
	// SetLastID is a query of To that sets the last ID that a table has given out.
	SetLastID string
	// Progress, if not nil, hears now and then how far the copy is.
	Progress func(CopyProgress)
}

// CopyProgress says how far a copy is.
type CopyProgress struct {
	// Table is the one at work, and Verifying whether it is only compared any more.
	Table     string
	Verifying bool
	// Rows of all Total rows are done: copied, or compared.
	Rows, Total int64
	// Resumed is how many of the rows an earlier run has copied.
	Resumed int64
}

// CopiedTable is one table of a finished copy.
type CopiedTable struct {
	Table string
	Rows  int64
	// Checksum is equal for equal rows, in whatever order they are.
	Checksum uint64
}

// Errors of copies.
var (
	errNotEmpty    = errors.New("the database that is copied to holds data already: name an empty one")
	errOtherCopy   = errors.New("a copy of another installation was begun in the database that is copied to: name an empty one")
	errNotFinished = errors.New("a copy into this database has not been finished: run \"parley store copy\" again")
)

// copiedTable is a table and its key, in whose order it is copied.
type copiedTable struct {
	name string
	key  []string
	ids  bool // it gives out IDs
}

// copiedTables are all tables but those of nodes that run and the one that names the
// installation.
var copiedTables = []copiedTable{
	{name: "app", key: []string{"sdkappid"}},
	{name: "account", key: []string{"sdkappid", "user_id"}},
	{name: "conversation", key: []string{"id"}, ids: true},
	{name: "chat_group", key: []string{"conversation"}},
	{name: "official_account", key: []string{"conversation"}},
	{name: "topic", key: []string{"conversation"}},
	{name: "attribute", key: []string{"conversation"}},
	{name: "counter", key: []string{"conversation"}},
	{name: "leftover", key: []string{"conversation"}},
	{name: "member", key: []string{"id"}, ids: true},
	{name: "mute", key: []string{"conversation", "user_id"}},
	{name: "ban", key: []string{"conversation", "user_id"}},
	{name: "room_mark", key: []string{"conversation", "user_id", "mark"}},
	{name: "topic_member", key: []string{"community", "user_id", "topic"}},
	{name: "application", key: []string{"id"}, ids: true},
	{name: "subscriber", key: []string{"id"}, ids: true},
	{name: "friend", key: []string{"id"}, ids: true},
	{name: "friend_group", key: []string{"id"}, ids: true},
	{name: "friend_group_member", key: []string{"sdkappid", "user_id", "friend_id", "name"}},
	{name: "pendency", key: []string{"id"}, ids: true},
	{name: "block", key: []string{"id"}, ids: true},
	{name: "follow", key: []string{"id"}, ids: true},
	{name: "contact", key: []string{"sdkappid", "user_id", "conversation"}},
	{name: "contact_group", key: []string{"id"}, ids: true},
	{name: "do_not_disturb", key: []string{"sdkappid", "user_id"}},
	{name: "session", key: []string{"id"}, ids: true},
	{name: "notice", key: []string{"id"}, ids: true},
	{name: "message", key: []string{"id"}, ids: true},
	{name: "sent", key: []string{"slot", "hash"}},
	{name: "receipt", key: []string{"conversation", "seq", "user_id"}},
	{name: "hidden", key: []string{"conversation", "user_id", "seq"}},
	{name: "pin", key: []string{"id"}, ids: true},
	{name: "reaction", key: []string{"id"}, ids: true},
	{name: "extension", key: []string{"conversation", "seq", "name"}},
	{name: "extended", key: []string{"conversation", "seq"}},
	{name: "relay", key: []string{"id"}, ids: true},
	{name: "event", key: []string{"id"}, ids: true},
	{name: "attempt", key: []string{"event_id", "number"}},
}

const (
	// copyRows and copyBytes bound what is copied in one transaction.
	copyRows  = 5000
	copyBytes = 8 << 20
	// pastMonths and pastDays are how far back parts are made for rows that are
	// copied; older ones go to the rest.
	pastMonths = 60
	pastDays   = 60
)

// copyState is how far a copy is, kept in the target until it is finished.
type copyState struct {
	Installation string `json:"installation"`
	// Table is the one at work, and After the key of its last row that was copied.
	Table string `json:"table,omitempty"`
	After []any  `json:"after,omitempty"`
	Rows  int64  `json:"rows"`
}

// copier is one run of a copy.
type copier struct {
	CopyOptions

	conn     *sql.Conn // of To
	state    copyState
	progress CopyProgress
	columns  []string
	kinds    []string // of the columns, in the words of To
}

// Copy copies a whole database into another engine's, or goes on with a copy that was
// interrupted, and compares both.
func Copy(ctx context.Context, opt CopyOptions) ([]CopiedTable, error) {
	conn, err := opt.To.Conn(ctx)
	if err != nil {
		return nil, opt.Dialect.Translate(fmt.Errorf("open connection: %w", err))
	}
	defer conn.Close()
	c := &copier{CopyOptions: opt, conn: conn}
	if err := c.count(ctx); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	c.progress.Rows, c.progress.Resumed = c.state.Rows, c.state.Rows
	first := slices.IndexFunc(copiedTables, func(t copiedTable) bool { return t.name == c.state.Table })
	for _, table := range copiedTables[max(first, 0):] {
		if err := c.copy(ctx, table); err != nil {
			return nil, fmt.Errorf("copy table %s: %w", table.name, err)
		}
	}
	c.progress.Rows, c.progress.Resumed, c.progress.Verifying = 0, 0, true
	var done []CopiedTable
	for _, table := range copiedTables {
		copied, err := c.verify(ctx, table)
		if err != nil {
			return nil, err
		}
		done = append(done, copied)
	}
	return done, c.finish(ctx)
}

// count counts all rows, for the progress.
func (c *copier) count(ctx context.Context) error {
	for _, table := range copiedTables {
		var n int64
		if err := c.From.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table.name).Scan(&n); err != nil {
			return fmt.Errorf("count the rows of table %s: %w", table.name, err)
		}
		c.progress.Total += n
	}
	return c.From.QueryRowContext(ctx, "SELECT value FROM parley_meta WHERE name = 'installation'").Scan(&c.state.Installation)
}

// begin claims an empty database for this installation, or finds out how far an
// earlier run has come.
func (c *copier) begin(ctx context.Context) error {
	return c.transact(ctx, func() error {
		var text string
		err := c.conn.QueryRowContext(ctx, "SELECT value FROM parley_meta WHERE name = 'copy'").Scan(&text)
		if err == nil {
			own := c.state.Installation
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.UseNumber()
			if err := decoder.Decode(&c.state); err != nil {
				return fmt.Errorf("read how far the copy is: %w", err)
			}
			if c.state.Installation != own {
				return errOtherCopy
			}
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		for _, table := range copiedTables {
			var occupied bool
			if err := c.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table.name+")").Scan(&occupied); err != nil {
				return err
			}
			if occupied {
				return errNotEmpty
			}
		}
		if err := c.meta(ctx, "installation", c.state.Installation); err != nil {
			return err
		}
		return c.save(ctx)
	})
}

// transact runs fn in a transaction, beside which no server starts on the database.
func (c *copier) transact(ctx context.Context, fn func() error) error {
	if _, err := c.conn.ExecContext(ctx, c.Dialect.BeginMigration); err != nil {
		return c.Dialect.Translate(fmt.Errorf("begin: %w", err))
	}
	err := fn()
	if err == nil {
		_, err = c.conn.ExecContext(ctx, c.Dialect.Commit)
	}
	if err != nil {
		_, _ = c.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // the first error tells why
		return c.Dialect.Translate(err)
	}
	return nil
}

func (c *copier) meta(ctx context.Context, name, value string) error {
	_, err := c.conn.ExecContext(ctx, c.Dialect.Rewrite(
		"INSERT INTO parley_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"), name, value)
	return err
}

// save stores how far the copy is, in the transaction of the rows.
func (c *copier) save(ctx context.Context) error {
	text, err := json.Marshal(c.state)
	if err != nil {
		return err
	}
	return c.meta(ctx, "copy", string(text))
}

// describe finds the columns of a table and what To calls their types.
func (c *copier) describe(ctx context.Context, table copiedTable) error {
	rows, err := c.conn.QueryContext(ctx, "SELECT * FROM "+table.name+" LIMIT 0") //nolint:gosec // a name of ours
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	c.columns, c.kinds = nil, nil
	for _, t := range types {
		c.columns, c.kinds = append(c.columns, t.Name()), append(c.kinds, t.DatabaseTypeName())
	}
	return rows.Err()
}

// quoted is the columns as a list for a query.
func (c *copier) quoted() string { return `"` + strings.Join(c.columns, `", "`) + `"` }

func (c *copier) copy(ctx context.Context, table copiedTable) error {
	if err := c.describe(ctx, table); err != nil {
		return err
	}
	if c.state.Table != table.name {
		c.state.Table, c.state.After = table.name, nil
	}
	if c.state.After == nil {
		if err := c.makeParts(ctx, table); err != nil {
			return err
		}
	}
	for {
		rows, err := c.read(ctx, table)
		if err != nil || len(rows) == 0 {
			return err
		}
		c.state.Rows += int64(len(rows))
		c.state.After = c.key(table, rows[len(rows)-1])
		if err := c.transact(ctx, func() error {
			if err := c.Insert(ctx, c.conn, table.name, c.columns, rows); err != nil {
				return err
			}
			return c.save(ctx)
		}); err != nil {
			return err
		}
		c.report(table, int64(len(rows)))
	}
}

func (c *copier) report(table copiedTable, rows int64) {
	c.progress.Table = table.name
	c.progress.Rows += rows
	if c.Progress != nil {
		c.Progress(c.progress)
	}
}

// key is the values of a row's key.
func (c *copier) key(table copiedTable, row []any) []any {
	var key []any
	for _, name := range table.key {
		key = append(key, row[slices.Index(c.columns, name)])
	}
	return key
}

// read reads the next rows behind those that were copied.
func (c *copier) read(ctx context.Context, table copiedTable) ([][]any, error) {
	query := "SELECT " + c.quoted() + " FROM " + table.name
	key := strings.Join(table.key, ", ")
	var args []any
	if c.state.After != nil {
		query += " WHERE (" + key + ") > (?" + strings.Repeat(", ?", len(table.key)-1) + ")"
		for _, value := range c.state.After {
			if n, ok := value.(json.Number); ok {
				whole, err := n.Int64()
				if err != nil {
					return nil, err
				}
				value = whole
			}
			args = append(args, value)
		}
	}
	var found [][]any
	size := 0
	err := c.rows(ctx, c.From, query+" ORDER BY "+key+" LIMIT "+strconv.Itoa(copyRows), args, func(row []any) bool {
		found = append(found, row)
		for _, value := range row {
			size += sizeOf(value)
		}
		return size < copyBytes
	})
	return found, err
}

func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 8
}

// queryer is a connection or a pool.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// rows calls use with each row of a query, in the values of To, until it is enough.
func (c *copier) rows(ctx context.Context, db queryer, query string, args []any, use func([]any) bool) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, into := make([]any, len(c.columns)), make([]any, len(c.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range row {
			row[i] = c.value(row[i], c.kinds[i])
		}
		if !use(row) {
			return nil
		}
	}
	return rows.Err()
}

// value is a value of From as To keeps it. No column takes NULL.
func (c *copier) value(value any, kind string) any {
	if n, ok := value.(int64); ok {
		return n
	}
	bytes, ok := value.([]byte) // nil, like nil itself, is how drivers read no bytes
	text, _ := value.(string)
	switch {
	case kind != c.Bytes && ok:
		return c.Dialect.Text(string(bytes))
	case kind != c.Bytes:
		return c.Dialect.Text(text)
	case ok && bytes != nil:
		return bytes
	}
	return []byte(text)
}

// makeParts makes the parts that the rows of a table are to go to.
func (c *copier) makeParts(ctx context.Context, table copiedTable) error {
	at := slices.IndexFunc(allParts, func(p *parted) bool { return p.table == table.name })
	if at < 0 || c.Dialect.Parts == nil {
		return nil
	}
	p := allParts[at]
	var oldest sql.NullInt64
	if err := c.From.QueryRowContext(ctx, "SELECT MIN("+p.column+") FROM "+p.table).Scan(&oldest); err != nil || !oldest.Valid {
		return err
	}
	now := time.Now()
	limit := now.AddDate(0, -pastMonths*p.months, -pastDays*p.days)
	from := p.begin(time.UnixMilli(max(oldest.Int64, limit.UnixMilli())))
	for ; from.Before(now); from = p.next(from) {
		if err := c.transact(ctx, func() error {
			_, err := c.conn.ExecContext(ctx, c.Dialect.Parts.Create(p.table, p.name(from), from.UnixMilli(), p.next(from).UnixMilli()))
			return err
		}); err != nil {
			return fmt.Errorf("make %s: %w", p.name(from), err)
		}
	}
	return nil
}

// verify compares a table with its copy.
func (c *copier) verify(ctx context.Context, table copiedTable) (CopiedTable, error) {
	if err := c.describe(ctx, table); err != nil {
		return CopiedTable{}, fmt.Errorf("compare table %s: %w", table.name, err)
	}
	var sums [2]CopiedTable
	for i, db := range []queryer{c.From, c.conn} {
		sums[i].Table = table.name
		err := c.rows(ctx, db, "SELECT "+c.quoted()+" FROM "+table.name, nil, func(row []any) bool {
			sums[i].Rows++
			sums[i].Checksum += checksum(row)
			if i == 0 && sums[i].Rows%copyRows == 0 {
				c.report(table, copyRows)
			}
			return true
		})
		if err != nil {
			return CopiedTable{}, c.Dialect.Translate(fmt.Errorf("compare table %s: %w", table.name, err))
		}
	}
	c.report(table, sums[0].Rows%copyRows)
	if sums[0] != sums[1] {
		return CopiedTable{}, fmt.Errorf("table %s has %d rows with the checksum %016x and its copy %d rows with %016x: "+
			"what is copied was changed since the copy began; empty the database that is copied to, and copy again",
			table.name, sums[0].Rows, sums[0].Checksum, sums[1].Rows, sums[1].Checksum)
	}
	return sums[0], nil
}

// checksum is that of one row; those of a table are added, so that their order does
// not matter.
func checksum(row []any) uint64 {
	h := fnv.New64a()
	var head [9]byte
	put := func(kind byte, n uint64) {
		head[0] = kind
		binary.BigEndian.PutUint64(head[1:], n)
		_, _ = h.Write(head[:]) // never fails
	}
	for _, value := range row {
		switch v := value.(type) {
		case int64:
			put('i', uint64(v))
		case string:
			put('s', uint64(len(v)))
			_, _ = h.Write([]byte(v))
		case []byte:
			put('b', uint64(len(v)))
			_, _ = h.Write(v)
		default:
			_, _ = fmt.Fprintf(h, "%T %v", v, v)
		}
	}
	return h.Sum64()
}

// finish lets servers start on the copy.
func (c *copier) finish(ctx context.Context) error {
	return c.transact(ctx, func() error {
		for _, table := range copiedTables {
			if !table.ids {
				continue
			}
			// IDs are never given out again, even those of rows that are gone.
			var last, set int64
			err := c.From.QueryRowContext(ctx, c.LastID, table.name).Scan(&last)
			if errors.Is(err, sql.ErrNoRows) || err == nil && last == 0 {
				continue // none was given out
			}
			if err == nil {
				err = c.conn.QueryRowContext(ctx, c.Dialect.Rewrite(c.SetLastID), table.name, last).Scan(&set)
			}
			if err != nil {
				return fmt.Errorf("set the next ID of table %s: %w", table.name, err)
			}
		}
		_, err := c.conn.ExecContext(ctx, "DELETE FROM parley_meta WHERE name = 'copy'")
		return err
	})
}

// SourceSchema returns an error unless db has the program's schema, as a database
// that is copied must.
func SourceSchema(ctx context.Context, db *sql.DB) error {
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		return err
	}
	var text string
	if err := db.QueryRowContext(ctx, "SELECT value FROM parley_meta WHERE name = 'schema'").Scan(&text); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(text))
	switch {
	case err != nil:
		return fmt.Errorf("schema version %q is no number", text)
	case version > len(steps):
		return &SchemaNewerError{Database: version, Program: len(steps)}
	case version < len(steps):
		return fmt.Errorf("the database has schema %d and this program %d: run \"parley migrate\" on it first", version, len(steps))
	}
	return nil
}

// unfinished returns an error if a copy into the database was not finished.
func unfinished(ctx context.Context, s *session) error {
	var text string
	err := s.queryRow(ctx, "SELECT value FROM parley_meta WHERE name = 'copy'", nil, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return errors.Join(err, errNotFinished)
}
