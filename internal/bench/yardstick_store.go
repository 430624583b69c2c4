package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the same engines as the product's, without its code
	_ "modernc.org/sqlite"             // as above
)

// BareStore is the yardstick for storage: a handler that puts the same rows as a
// send into the database, many requests in one transaction, and answers after the
// commit. It checks nothing and knows nothing of chat.
type BareStore struct {
	engine bareEngine
	queue  chan *bareSend
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
	seq    int64
}

// bareEngine is what the yardstick knows of an engine.
type bareEngine struct {
	driver, begin string
	// words replace those of bareSchema.
	words *strings.Replacer
	// numbered says that placeholders are $1, $2 and so on.
	numbered bool
}

var (
	bareSQLite = bareEngine{driver: "sqlite", begin: "BEGIN IMMEDIATE", words: strings.NewReplacer(
		"{row id}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{bytes}", "BLOB", "{clustered}", "WITHOUT ROWID")}
	barePostgres = bareEngine{driver: "pgx", begin: "BEGIN", numbered: true, words: strings.NewReplacer(
		"{row id}", "BIGSERIAL PRIMARY KEY", "{bytes}", "BYTEA", "{clustered}", "", "INTEGER", "BIGINT")}
)

type bareSend struct {
	body []byte
	seq  int64
	err  error
	done chan struct{}
}

const bareSchema = `
DROP TABLE IF EXISTS counter;
DROP TABLE IF EXISTS message;
DROP TABLE IF EXISTS sent;
DROP TABLE IF EXISTS event;
CREATE TABLE counter (id INTEGER PRIMARY KEY, next_seq INTEGER NOT NULL);
INSERT INTO counter VALUES (1, 1);
CREATE TABLE message (id {row id}, app INTEGER NOT NULL, conversation INTEGER NOT NULL, seq INTEGER NOT NULL,
	sent_at INTEGER NOT NULL, sender TEXT NOT NULL, random INTEGER NOT NULL, priority INTEGER NOT NULL, flags INTEGER NOT NULL,
	place INTEGER NOT NULL, body {bytes} NOT NULL, custom TEXT NOT NULL, extra TEXT NOT NULL, UNIQUE (conversation, seq));
CREATE INDEX message_by_app ON message (app, id);
CREATE TABLE sent (slot INTEGER NOT NULL, hash INTEGER NOT NULL, conversation INTEGER NOT NULL, seq INTEGER NOT NULL, sent_at INTEGER NOT NULL,
	PRIMARY KEY (slot, hash)) {clustered};
CREATE TABLE event (id {row id}, app INTEGER NOT NULL, command TEXT NOT NULL, conversation TEXT NOT NULL,
	ip TEXT NOT NULL, platform TEXT NOT NULL, body {bytes} NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
	attempts INTEGER NOT NULL DEFAULT 0, first_at INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX event_pending ON event (app, conversation, id) WHERE state = 0;
CREATE INDEX event_by_app ON event (app, id);`

// NewBareStore makes its tables anew, in the PostgreSQL database at address or, if
// that is empty, in a SQLite file in dir.
func NewBareStore(ctx context.Context, dir, address string) (*BareStore, error) {
	engine := barePostgres
	if address == "" {
		engine = bareSQLite
		name := url.URL{Scheme: "file", Opaque: filepath.Join(dir, "bare.db"), RawQuery: "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(16384)&_pragma=cache_size(-4096)"}
		address = name.String()
	}
	db, err := sql.Open(engine.driver, address)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, engine.words.Replace(bareSchema)); err != nil {
		return nil, fmt.Errorf("make tables: %w", err)
	}
	s := &BareStore{engine: engine, queue: make(chan *bareSend, 4096), conn: conn, stmts: make(map[string]*sql.Stmt), seq: 1}
	go s.run(context.WithoutCancel(ctx))
	return s, nil
}

// ServeHTTP stores one request.
func (s *BareStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPosted))
	if err != nil {
		return
	}
	send := &bareSend{body: body, done: make(chan struct{})}
	s.queue <- send
	<-send.done
	if send.err != nil {
		http.Error(w, send.err.Error(), http.StatusInternalServerError)
		return
	}
	answerSend(w, send.seq)
}

func answerSend(w http.ResponseWriter, seq int64) {
	w.Header()["Content-Type"] = []string{"application/json"}
	_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgTime":1700000000,"MsgSeq":`+strconv.FormatInt(seq, 10)+"}") // the caller went away
}

func (s *BareStore) run(ctx context.Context) {
	for first := range s.queue {
		batch := []*bareSend{first}
		for len(batch) < 1024 {
			select {
			case send := <-s.queue:
				batch = append(batch, send)
				continue
			default:
			}
			break
		}
		err := s.commit(ctx, batch)
		for _, send := range batch {
			send.err = err
			close(send.done)
		}
	}
}

func (s *BareStore) commit(ctx context.Context, batch []*bareSend) error {
	if err := s.exec(ctx, s.engine.begin); err != nil {
		return err
	}
	if err := s.store(ctx, batch); err != nil {
		_ = s.exec(ctx, "ROLLBACK")
		return err
	}
	return s.exec(ctx, "COMMIT")
}

func (s *BareStore) store(ctx context.Context, batch []*bareSend) error {
	now := time.Now().UnixMilli()
	for _, send := range batch {
		send.seq = s.seq
		s.seq++
	}
	if err := s.exec(ctx, "UPDATE counter SET next_seq = ? WHERE id = 1", s.seq); err != nil {
		return err
	}
	for len(batch) > 0 {
		n := 1
		for _, size := range []int{256, 64, 16, 4} {
			if size <= len(batch) {
				n = size
				break
			}
		}
		var messages, sent, events []any
		for _, send := range batch[:n] {
			messages = append(messages, 1, 1, send.seq, now, "user0001", send.seq, 2, 0, 0, send.body[:len(send.body)-100], "", "")
			// The multiplication spreads the keys as hashes are spread.
			sent = append(sent, now/300_000, send.seq*-7046029254386353131, 1, send.seq, now)
			events = append(events, 1, "Group.CallbackAfterSendMsg", "group:bench", "127.0.0.1", "RESTAPI", send.body, now)
		}
		if err := s.insert(ctx, "INSERT INTO message (app,conversation,seq,sent_at,sender,random,priority,flags,place,body,custom,extra) VALUES ", 12, n, messages); err != nil {
			return err
		}
		if err := s.insert(ctx, "INSERT INTO sent VALUES ", 5, n, sent); err != nil {
			return err
		}
		if err := s.insert(ctx, "INSERT INTO event (app,command,conversation,ip,platform,body,at) VALUES ", 7, n, events); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

func (s *BareStore) insert(ctx context.Context, head string, width, rows int, args []any) error {
	row := "(?" + strings.Repeat(",?", width-1) + ")"
	return s.exec(ctx, head+row+strings.Repeat(","+row, rows-1), args...)
}

func (s *BareStore) exec(ctx context.Context, query string, args ...any) error {
	stmt := s.stmts[query]
	if stmt == nil {
		var err error
		if stmt, err = s.conn.PrepareContext(ctx, s.engine.placeholders(query)); err != nil {
			return err
		}
		s.stmts[query] = stmt
	}
	_, err := stmt.ExecContext(ctx, args...)
	return err
}

// placeholders writes those of a query as the engine wants them.
func (e bareEngine) placeholders(query string) string {
	if !e.numbered {
		return query
	}
	parts := strings.Split(query, "?")
	for i := range parts[:len(parts)-1] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}
