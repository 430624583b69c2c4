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
DROP TABLE IF EXISTS member;
DROP TABLE IF EXISTS sent;
DROP TABLE IF EXISTS event;
CREATE TABLE counter (id INTEGER PRIMARY KEY, next_seq INTEGER NOT NULL);
INSERT INTO counter VALUES (1, 1);
CREATE TABLE message (id {row id}, app INTEGER NOT NULL, conversation INTEGER NOT NULL, seq INTEGER NOT NULL,
	sent_at INTEGER NOT NULL, sender TEXT NOT NULL, random INTEGER NOT NULL, priority INTEGER NOT NULL, flags INTEGER NOT NULL,
	place INTEGER NOT NULL, body {bytes} NOT NULL, custom TEXT NOT NULL, extra TEXT NOT NULL, client_time INTEGER NOT NULL, client_seq INTEGER NOT NULL,
	version INTEGER NOT NULL DEFAULT 0, recall TEXT NOT NULL DEFAULT '', recalled_at INTEGER NOT NULL DEFAULT 0, UNIQUE (conversation, seq));
CREATE INDEX message_by_app ON message (app, id);
CREATE INDEX message_recalled ON message (conversation, recalled_at) WHERE recalled_at > 0;
CREATE INDEX message_uncounted ON message (conversation, seq) WHERE (flags & 1) <> 0 OR place <> 0;
CREATE TABLE member (id {row id}, conversation INTEGER NOT NULL, app INTEGER NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, joined_at INTEGER NOT NULL,
	read_seq INTEGER NOT NULL, msg_flag TEXT NOT NULL, last_send_at INTEGER NOT NULL, name_card TEXT NOT NULL, custom TEXT NOT NULL, UNIQUE (conversation, user_id));
CREATE INDEX member_by_place ON member (conversation, id);
CREATE INDEX member_by_user ON member (app, user_id);
CREATE TABLE sent (slot INTEGER NOT NULL, hash INTEGER NOT NULL, conversation INTEGER NOT NULL, seq INTEGER NOT NULL, sent_at INTEGER NOT NULL,
	PRIMARY KEY (slot, hash)) {clustered};
CREATE TABLE event (id {row id}, app INTEGER NOT NULL, command TEXT NOT NULL, conversation TEXT NOT NULL,
	ip TEXT NOT NULL, platform TEXT NOT NULL, body {bytes} NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
	attempts INTEGER NOT NULL DEFAULT 0, first_at INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX event_pending ON event (app, conversation, id) WHERE state = 0;
CREATE INDEX event_parked ON event (next_at, app, state) WHERE state = 1;
CREATE INDEX event_given_up ON event (app, id, state) WHERE state >= 3;
CREATE INDEX event_by_app ON event (app, id);`

// bareMembers is how many members of the one group send.
const bareMembers = 64

func bareMember(i int64) string { return fmt.Sprintf("user%04d", i%bareMembers) }

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
	for i := range int64(bareMembers) {
		if _, err := conn.ExecContext(ctx, engine.placeholders(`INSERT INTO member (conversation, app, user_id, role, joined_at, read_seq, msg_flag, last_send_at, name_card, custom)
			VALUES (1, 1, ?, 'Member', 0, 0, '', 0, '', '')`), bareMember(i)); err != nil {
			return nil, fmt.Errorf("make members: %w", err)
		}
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
		var messages, sent, members, events []any
		for _, send := range batch[:n] {
			messages = append(messages, 1, 1, send.seq, now, bareMember(send.seq), send.seq, 2, 0, 0, send.body[:len(send.body)-100], "", "", now/1000, 0)
			// The multiplication spreads the keys as hashes are spread.
			sent = append(sent, now/300_000, send.seq*-7046029254386353131, 1, send.seq, now)
			if len(members) < 3*bareMembers { // each member once
				members = append(members, bareMember(send.seq), now, send.seq)
			}
			events = append(events, 1, "Group.CallbackAfterSendMsg", "group:bench", "127.0.0.1", "RESTAPI", send.body, now)
		}
		if err := s.insert(ctx, "INSERT INTO message (app,conversation,seq,sent_at,sender,random,priority,flags,place,body,custom,extra,client_time,client_seq) VALUES ", 14, n, messages); err != nil {
			return err
		}
		if err := s.insert(ctx, "INSERT INTO sent VALUES ", 5, n, sent); err != nil {
			return err
		}
		if err := s.sentBy(ctx, members); err != nil {
			return err
		}
		if err := s.insert(ctx, "INSERT INTO event (app,command,conversation,ip,platform,body,at) VALUES ", 7, n, events); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// sentBy notes of members that they have sent, and read up to what they sent.
func (s *BareStore) sentBy(ctx context.Context, members []any) error {
	rows := "(CAST(? AS TEXT),CAST(? AS BIGINT),CAST(? AS BIGINT))" + strings.Repeat(",(?,?,?)", len(members)/3-1)
	return s.exec(ctx, `UPDATE member SET last_send_at = v.column2, read_seq = CASE WHEN v.column3 > read_seq THEN v.column3 ELSE read_seq END
		FROM (VALUES `+rows+`) AS v WHERE member.conversation = 1 AND member.user_id = v.column1`, members...)
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
