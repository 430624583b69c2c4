// Package bus carries what other nodes of a cluster are to hear at once, over NATS.
//
// It is quick and it may lose: nothing is kept for a node that is away. What must
// not be lost is in the store before it is published here, and who listens is told
// when something may have been missed, so that he can read it there.
package bus

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// listenerQueue is how many messages wait for one listener; more are lost, and
	// he is told.
	listenerQueue = 65536
	// reconnectWait is the pause between two tries to reach a server.
	reconnectWait = 500 * time.Millisecond
	// pingInterval and maxPings are how soon a dead connection is noticed.
	pingInterval = 2 * time.Second
	maxPings     = 2
	// sayAgain is how often the log says why NATS still cannot be reached, and sayOther
	// how soon after that for another reason.
	sayAgain = time.Minute
	sayOther = 5 * time.Second
	// reconnectBuffer is how much may be published while there is no connection, in
	// bytes. It is next to nothing: who comes back reads the store.
	reconnectBuffer = 1
)

// Options of a bus.
type Options struct {
	// URL is nats://user:password@host:port, several with commas between them.
	URL string
	// Installation keeps the nodes of one database apart from those of another.
	Installation string
	// Node names this node in the servers' lists.
	Node string
	Log  *slog.Logger
}

// Bus is the connection of one node. A nil Bus is that of a node that is alone:
// nobody hears what it publishes, and it hears nothing.
type Bus struct {
	conn   *nats.Conn
	prefix string
	log    *slog.Logger

	mu        sync.Mutex // guards what follows
	listeners []*Listener
	said      time.Time // when the log was told last that NATS cannot be reached
	reason    string    // of that
	closed    bool      // by Close
}

// Dial connects. If no server can be reached it goes on trying, and Connected tells
// when it succeeded; an error means that the options are wrong.
func Dial(opt Options) (*Bus, error) {
	b := &Bus{prefix: "parley." + opt.Installation + ".", log: opt.Log}
	conn, err := nats.Connect(opt.URL, nats.Name("parley "+opt.Node), nats.NoEcho(), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectBufSize(reconnectBuffer),
		// A server that refuses the password may be told the right one later.
		nats.IgnoreAuthErrorAbort(),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(maxPings),
		nats.ConnectHandler(func(*nats.Conn) { b.lost("connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { b.lost("connected again") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil && !errors.Is(err, nats.ErrNoServers) { // of the first try, see below
				b.away(err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.away(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			switch {
			case errors.Is(err, nats.ErrSlowConsumer):
				b.lost("messages were dropped")
			case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
				b.away(err) // at each try to connect
			default:
				b.log.Error("NATS reports an error", "error", err)
			}
		}),
		nats.ClosedHandler(func(conn *nats.Conn) { b.ended(conn.LastError()) }))
	if err != nil {
		// The client's error may quote the URL, and with it the password.
		return nil, errors.New("the address of NATS is no URL like nats://user:password@host:4222")
	}
	b.conn = conn
	if !conn.IsConnected() {
		b.away(cmp.Or(conn.LastError(), nats.ErrNoServers))
	}
	return b, nil
}

// Connected reports whether other nodes can be reached at the moment.
func (b *Bus) Connected() bool { return b == nil || b.conn.IsConnected() }

// Publish sends data to the other nodes that listen to a subject. It does not wait;
// without a connection the data is lost.
func (b *Bus) Publish(subject string, data []byte) {
	if b == nil {
		return
	}
	err := b.conn.Publish(b.prefix+subject, data)
	if err != nil && !errors.Is(err, nats.ErrReconnectBufExceeded) && !errors.Is(err, nats.ErrConnectionClosed) {
		b.log.Error("a message could not be published", "subject", subject, "error", err)
	}
}

// Close ends the connection; listeners hear no more.
func (b *Bus) Close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.conn.Close()
}

// away says why there is no connection: at once, and then now and then, for there
// are several tries a second.
func (b *Bus) away(err error) {
	wait := sayOther
	b.mu.Lock()
	if err.Error() == b.reason {
		wait = sayAgain
	}
	quiet := b.closed || time.Since(b.said) < wait
	if !quiet && !errors.Is(err, nats.ErrNoServers) { // the next try says more
		b.said, b.reason = time.Now(), err.Error()
	}
	b.mu.Unlock()
	if !quiet {
		b.log.Warn("NATS cannot be reached; other nodes hear of what happens here when they read the database", "error", err)
	}
}

// ended says that the client has given up, which no failure that is known lets it do.
func (b *Bus) ended(err error) {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if !closed {
		b.log.Error("NATS has ended the connection for good; restart this node when the reason is removed", "error", err)
	}
}

// lost tells all listeners that they may have missed something.
func (b *Bus) lost(why string) {
	b.log.Info("NATS: what may have been missed is read from the database", "because", why)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = time.Time{}
	for _, l := range b.listeners {
		select {
		case l.missed <- struct{}{}:
		default: // he is about to be told
		}
	}
}

// Listener hears subjects. All its subjects share one queue, in which messages of
// one node keep their order.
type Listener struct {
	bus      *Bus
	messages chan *nats.Msg
	missed   chan struct{}
	quit     chan struct{}
	done     chan struct{}

	mu            sync.Mutex // guards subscriptions
	subscriptions map[string]*nats.Subscription
}

// Listen makes a listener, without subjects as yet. hear is called for each message,
// missed when messages may have been lost before, both from one goroutine.
func (b *Bus) Listen(hear func(subject string, data []byte), missed func()) *Listener {
	if b == nil {
		return nil
	}
	l := &Listener{
		bus: b, messages: make(chan *nats.Msg, listenerQueue), missed: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}), subscriptions: make(map[string]*nats.Subscription),
	}
	b.mu.Lock()
	b.listeners = append(b.listeners, l)
	b.mu.Unlock()
	go l.run(hear, missed)
	return l
}

func (l *Listener) run(hear func(string, []byte), missed func()) {
	defer close(l.done)
	for {
		select {
		case m := <-l.messages:
			hear(m.Subject[len(l.bus.prefix):], m.Data)
		case <-l.missed:
			missed()
		case <-l.quit:
			return
		}
	}
}

// Add lets the listener hear a subject. What is published after the servers know of
// it is heard; Flush waits for that.
func (l *Listener) Add(subject string) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.subscriptions[subject] != nil {
		return nil
	}
	s, err := l.bus.conn.ChanSubscribe(l.bus.prefix+subject, l.messages)
	if err != nil {
		return fmt.Errorf("listen to %s: %w", subject, err)
	}
	l.subscriptions[subject] = s
	return nil
}

// Remove ends the hearing of a subject.
func (l *Listener) Remove(subject string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.subscriptions[subject]; s != nil {
		delete(l.subscriptions, subject)
		_ = s.Unsubscribe() // fails only on a closed connection
	}
}

// Flush waits until the server that this node is connected to knows all subjects.
func (l *Listener) Flush(within time.Duration) error {
	if l == nil {
		return nil
	}
	return l.bus.conn.FlushTimeout(within)
}

// Close ends the listener and waits for the call that is running.
func (l *Listener) Close() {
	if l == nil {
		return
	}
	l.bus.mu.Lock()
	l.bus.listeners = slices.DeleteFunc(l.bus.listeners, func(other *Listener) bool { return other == l })
	l.bus.mu.Unlock()
	l.mu.Lock()
	for subject, s := range l.subscriptions {
		delete(l.subscriptions, subject)
		_ = s.Unsubscribe() // fails only on a closed connection
	}
	l.mu.Unlock()
	close(l.quit)
	<-l.done
}
