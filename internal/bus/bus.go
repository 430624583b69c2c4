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
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// ListenerQueue is how many messages wait for one listener, and listenerBytes how
	// large they are together; until he has begun to hear them, more are lost, and he is
	// told.
	ListenerQueue = 65536
	listenerBytes = 64 << 20
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
	// connected is what is known of conn, which while it looks for a server lets
	// everybody wait who asks or publishes.
	connected atomic.Bool

	mu        sync.Mutex // guards all below
	listeners []*Listener
	good      time.Time // when the connection was there last, while it is not
	said      time.Time // when the log was told last that NATS cannot be reached
	reason    string    // of that
	closed    bool      // by Close
}

// Dial connects. If no server can be reached it goes on trying, and Connected tells
// when it succeeded; an error means that the options are wrong.
func Dial(opt Options) (*Bus, error) {
	b := &Bus{prefix: "parley." + opt.Installation + ".", log: opt.Log, good: time.Now()}
	conn, err := nats.Connect(opt.URL, nats.Name("parley "+opt.Node), nats.NoEcho(), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectBufSize(reconnectBuffer),
		// A server that refuses the password may be told the right one later.
		nats.IgnoreAuthErrorAbort(),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(maxPings),
		nats.ConnectHandler(func(*nats.Conn) { b.back("connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { b.back("connected again") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			b.gone()
			if err != nil && !errors.Is(err, nats.ErrNoServers) { // of the first try, see below
				b.away(err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.away(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			switch {
			case errors.Is(err, nats.ErrSlowConsumer):
				b.lost("messages were dropped", time.Now())
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
	if conn.IsConnected() {
		b.connected.Store(true) // those who publish before the handler runs
	} else {
		b.away(cmp.Or(conn.LastError(), nats.ErrNoServers))
	}
	return b, nil
}

// Connected reports whether other nodes can be reached at the moment.
func (b *Bus) Connected() bool { return b == nil || b.connected.Load() }

// Publish sends data to the other nodes that listen to a subject. It does not wait;
// without a connection the data is lost.
func (b *Bus) Publish(subject string, data []byte) {
	if b == nil || !b.Connected() {
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

// back tells all listeners that there was no connection.
func (b *Bus) back(why string) {
	b.connected.Store(true)
	b.mu.Lock()
	since := b.good
	b.mu.Unlock()
	b.lost(why, since)
}

// gone notes that there is no connection any more.
func (b *Bus) gone() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.connected.Swap(false) {
		b.good = time.Now()
	}
}

// lost tells all listeners that they may have missed something since then.
func (b *Bus) lost(why string, since time.Time) {
	b.log.Info("NATS: what may have been missed is read from the database", "because", why)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = time.Time{}
	for _, l := range b.listeners {
		l.queue.lack(since)
	}
}

// Listener hears subjects. All its subjects share one queue, in which messages of
// one node keep their order.
type Listener struct {
	bus *Bus
	// messages are those that have just come, queue those that wait for the listener.
	messages chan *nats.Msg
	queue    *queue
	quit     chan struct{}
	running  sync.WaitGroup

	mu            sync.Mutex // guards subscriptions
	subscriptions map[string]*nats.Subscription
}

// Listen makes a listener, without subjects as yet. hear is called for each message;
// missed is called between two when messages may have been lost there, with the time
// at which that was noticed first. Both are called from one goroutine.
func (b *Bus) Listen(hear func(subject string, data []byte), missed func(since time.Time)) *Listener {
	if b == nil {
		return nil
	}
	l := &Listener{
		bus: b, messages: make(chan *nats.Msg, ListenerQueue), queue: newQueue(), quit: make(chan struct{}),
		subscriptions: make(map[string]*nats.Subscription),
	}
	b.mu.Lock()
	b.listeners = append(b.listeners, l)
	b.mu.Unlock()
	l.running.Go(l.collect)
	l.running.Go(func() { l.run(hear, missed) })
	return l
}

// collect queues messages as they come, however slow the listener is: of what the
// client drops by itself it tells only the first of each subject.
func (l *Listener) collect() {
	for {
		select {
		case m := <-l.messages:
			if l.queue.put(m) {
				l.bus.log.Warn("other nodes say more than this one can take in; what it drops is read from the database")
			}
		case <-l.quit:
			return
		}
	}
}

func (l *Listener) run(hear func(string, []byte), missed func(time.Time)) {
	for {
		select {
		case <-l.queue.wake:
		case <-l.quit:
			return
		}
		for _, q := range l.queue.take() {
			select {
			case <-l.quit:
				return
			default:
			}
			if q.message == nil {
				missed(q.lacking)
				continue
			}
			hear(q.message.Subject[len(l.bus.prefix):], q.message.Data)
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
	l.running.Wait()
}
