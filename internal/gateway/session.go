package gateway

import (
	"slices"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// What a session keeps for a client that has not acknowledged it yet.
const (
	maxPending      = 1024
	maxPendingBytes = 4 << 20
)

// maxLag is how long what was stored may take to become a push. A session that had
// nothing pending when the server stopped can lack what is younger.
const maxLag = 2 * time.Second

// session is one login of a user with one instance of a client.
type session struct {
	app      chat.SDKAppID
	userID   string
	tinyID   string
	key      string
	instance int64
	platform chat.Platform
	expires  time.Time
	// resuming is held while a client returns.
	resuming sync.Mutex

	mu sync.Mutex // guards all below
	// conn is the connection that pushes go to, nil while there is none.
	conn *conn
	// pending is what was pushed and not acknowledged, oldest first; the first
	// sent of it were handed to conn.
	pending []*frame
	sent    int
	bytes   int
	// seen is until when the client surely has all that was pushed; what comes
	// after it is read from storage when pending does not hold it.
	seen time.Time
	// gap is set when pending lost something.
	gap bool
	// clientIP is that of the newest connection.
	clientIP string
	// left is when the last connection was lost.
	left time.Time
	// over is why the session is no more.
	over chat.KickType
	gone bool
	// reported is set when the app was told that the client is gone.
	reported bool
}

// enqueue adds a frame that the client must have. It returns the connection, if
// there is one, when it has to be woken, or else closed because the client has
// fallen too far behind.
func (s *session) enqueue(f *frame) (c *conn, overrun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone, s.gap:
		return nil, false // all since a gap is read from storage when the client returns
	case len(s.pending) >= maxPending, s.bytes+len(f.json) > maxPendingBytes:
		seen := s.seen
		if len(s.pending) > 0 {
			seen = s.pending[0].at
		}
		s.lose(seen)
		return s.conn, s.conn != nil
	}
	first := s.sent == len(s.pending)
	s.pending = append(s.pending, f)
	s.bytes += len(f.json)
	if !first {
		return nil, false // who added the first one that is not written sees to it
	}
	return s.conn, false
}

// acknowledge drops what the client has, and reports whether there was something.
// Frames arrive in order, so with one it has those before it.
func (s *session) acknowledge(id int64, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.sent {
		if s.pending[i].id != id {
			continue
		}
		for _, f := range s.pending[:i+1] {
			s.bytes -= len(f.json)
		}
		s.pending = slices.Delete(s.pending, 0, i+1)
		s.sent -= i + 1
		if len(s.pending) == 0 {
			s.pending = nil
			s.seen = now
		}
		return true
	}
	return false
}

// unsent adds what is to be written next on c to a batch, and counts it as handed
// over.
func (s *session) unsent(c *conn, most int, batch [][]byte) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != c {
		return batch
	}
	end := min(len(s.pending), s.sent+most)
	for _, f := range s.pending[s.sent:end] {
		batch = append(batch, f.wire(c.form))
	}
	s.sent = end
	return batch
}

// attach makes c the connection of the session and returns the one before. What is
// not acknowledged will be sent again; overrun is set if some of that is lost.
func (s *session) attach(c *conn) (before *conn, overrun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.conn
	if before == c {
		return nil, s.gap
	}
	s.conn, s.sent, s.clientIP, s.left = c, 0, c.ip, time.Time{}
	return before, s.gap
}

// detach ends the connection c and reports whether it was the session's, and until
// when the client surely has everything.
func (s *session) detach(c *conn, now time.Time) (was bool, seen time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != c {
		return false, time.Time{}
	}
	s.conn, s.sent, s.left = nil, 0, now
	switch {
	case s.gap:
	case len(s.pending) > 0:
		s.seen = s.pending[0].at
	default:
		s.seen = now
	}
	return true, s.seen
}

// connected returns the session's connection, nil if it has none.
func (s *session) connected() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

// end marks the session as over.
func (s *session) end(why chat.KickType) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.gone = why, true
	s.pending, s.sent, s.bytes = nil, 0, 0
}

// leave takes the connection from the session, which is no more at this node, and
// returns it. Nobody is told that the client is gone.
func (s *session) leave() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conn
	s.conn, s.reported = nil, true
	s.pending, s.sent, s.bytes, s.gap = nil, 0, 0, true
	return c
}

// ended reports whether the session is over, and why.
func (s *session) ended() (chat.KickType, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over, s.gone
}

// lose drops what is pending. The client surely has what was pushed until seen. s.mu
// is held.
func (s *session) lose(seen time.Time) {
	s.pending, s.sent, s.bytes, s.gap, s.seen = nil, 0, 0, true, seen
}

// missed returns until when the client surely has everything; ok is false if the
// session lost nothing. From then on it keeps what is new, and the caller sees to
// what is lost with regain.
func (s *session) missed() (seen time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok, s.gap = s.gap, false
	return s.seen, ok
}

// regain puts frames, which are all that the client lacks since seen, before those
// that are pending. If they could not be read, or something was lost meanwhile, the
// session lacks everything since seen as before.
func (s *session) regain(frames []*frame, seen time.Time, read bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !read || s.gap {
		s.lose(seen)
		return
	}
	s.pending, s.sent = append(frames, s.pending...), 0
	for _, f := range frames {
		f.at = seen
		s.bytes += len(f.json)
	}
}

// idle is for how long the session has had no connection.
func (s *session) idle(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil || s.left.IsZero() {
		return 0
	}
	return now.Sub(s.left)
}

// reportGone reports, once, that the app is to be told that the client is gone.
func (s *session) reportGone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reported || s.gone || s.conn != nil {
		return false
	}
	s.reported = true
	return true
}

// reportBack forgets that the app was told that the client is gone.
func (s *session) reportBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reported = false
}

// toldGone reports whether the app was told that the client is gone.
func (s *session) toldGone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reported
}
