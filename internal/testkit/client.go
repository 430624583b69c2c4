package testkit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-im/parley/usersig"
)

// The codes with which a Client closes a connection, as the SDK does.
const (
	closeDestroyed = 4000
	closeReconnect = 4001
)

// platformWeb is the number of browsers and Node.
const platformWeb = 7

var (
	errNotDialed = errors.New("the client was never connected")
	errClosed    = errors.New("the client is closed")
)

// ClientOptions say who a Client is and how it behaves.
type ClientOptions struct {
	// URL is what an application gives the SDK as proxyServer: ws://host:port,
	// perhaps with a path.
	URL string
	// SDKAppID is the app, UserID and UserSig are whom Login logs in.
	SDKAppID int64
	UserID   string
	UserSig  string
	// Text talks in text frames at /info instead of binary ones at /binfo.
	Text bool
	// Compress lets the server compress what it sends.
	Compress bool
	// InstanceID is made of 32 hexadecimal digits. Empty stands for random ones.
	InstanceID string
	// Platform is the number of the platform. 0 stands for Web.
	Platform int
	// Source is the address to connect from. Nil leaves it to the system, where
	// one address has ports for some 28,000 connections.
	Source net.IP
	// ManualAck leaves the acknowledgement of pushes to Ack.
	ManualAck bool
	// Heartbeat is after how long without anything received the client asks for
	// a sign of life; the SDK does after 10 s. 0 sends no heartbeats.
	Heartbeat time.Duration
	// OnPush, if not nil, gets each push instead of Events and WaitPush: the JSON
	// text of the frame, which is not looked into and is valid until OnPush
	// returns. It is called by the goroutine that reads, so it must not wait for
	// the client.
	OnPush func(frame []byte)
}

// ClientOptions are those of a Client of whatever server runs, for a user with
// a UserSig of a day.
func (i *Installation) ClientOptions(tb testing.TB, userID string) ClientOptions {
	tb.Helper()
	sig, err := usersig.Generate(SecretKey, usersig.Claims{SDKAppID: SDKAppID, UserID: userID, IssuedAt: time.Now(), Expire: 24 * time.Hour})
	if err != nil {
		tb.Fatalf("make a UserSig: %v", err)
	}
	return ClientOptions{URL: "ws://" + i.Addr, SDKAppID: SDKAppID, UserID: userID, UserSig: sig}
}

// Client speaks the client protocol as one instance of the SDK does. Its methods
// may be called from any goroutine. It has a goroutine for each connection, one
// more with heartbeats, and no timers of its own otherwise.
//
// What the server may not send, such as a text frame at /binfo, fails the test
// and ends the connection.
type Client struct {
	tb      testing.TB
	options ClientOptions
	seq     atomic.Uint32
	closed  chan struct{}
	closing sync.Once
	// credentials and anonymous are the beginnings of heads without session.
	credentials, anonymous []byte

	mu      sync.Mutex // guards all below
	socket  *socket
	session LoginAnswer
	// head is the beginning of heads of the session, nil while there is none.
	head    []byte
	waiting map[exchange]*request
	// events came and were not taken, oldest first; the number of the latest is
	// arrived.
	events  []*Event
	arrived int
	dropped int
	// news is closed when an event comes. It is nil if nobody waits.
	news chan struct{}
}

// NewClient makes a client that is not connected. It is closed at the end of the
// test.
func NewClient(tb testing.TB, options ClientOptions) *Client {
	tb.Helper()
	if options.InstanceID == "" {
		options.InstanceID = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	}
	if options.Platform == 0 {
		options.Platform = platformWeb
	}
	c := &Client{tb: tb, options: options, closed: make(chan struct{}), waiting: make(map[exchange]*request)}
	c.seq.Store(rand.Uint32N(1e8))
	c.anonymous = c.beginHead(identity{})
	c.credentials = c.beginHead(identity{Identifier: options.UserID, UserSig: options.UserSig})
	tb.Cleanup(c.Close)
	return c
}

// Move has the next Dial connect to another server. It must not be called while
// Dial runs.
func (c *Client) Move(url string) { c.options.URL = url }

// Dial connects, after closing the connection that there is. Requests that wait
// for their answer are repeated on the new one before anything else is sent there.
func (c *Client) Dial(ctx context.Context) error {
	if old := c.current(); old != nil {
		old.hangUp(closeReconnect)
	}
	dialer := ws.Dialer{ReadBufferSize: 1024, WriteBufferSize: 1024}
	if c.options.Source != nil {
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: c.options.Source}, Control: bindWithoutPort}
		dialer.NetDial = from.DialContext
	}
	conn, early, _, err := dialer.Dial(ctx, c.address())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	s := newSocket(conn, early, c.options.Text)
	s.writing.Lock() // whoever calls from now on comes after the repeated requests
	defer s.writing.Unlock()
	repeat, err := c.attach(s)
	if err != nil {
		conn.Close()
		return err
	}
	go c.read(s)
	if c.options.Heartbeat > 0 {
		go c.beat(s)
	}
	for _, r := range repeat {
		_ = s.writeLocked(s.op, r.text) // the reader sees a lost connection
	}
	return nil
}

// bindWithoutPort leaves the choice of the port to connect, which takes one that
// is in use for another address.
func bindWithoutPort(_, _ string, conn syscall.RawConn) error {
	const ipBindAddressNoPort = 24
	if runtime.GOOS != "linux" {
		return nil
	}
	return conn.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1) // it only saves ports
	})
}

// address is where to connect to, made anew for each connection.
func (c *Client) address() string {
	path := "/binfo"
	if c.options.Text {
		path = "/info"
	}
	query := url.Values{
		"sdkappid":   {strconv.FormatInt(c.options.SDKAppID, 10)},
		"instanceid": {c.options.InstanceID},
		"random":     {strconv.FormatFloat(rand.Float64(), 'g', -1, 64)},
		"platform":   {strconv.Itoa(c.options.Platform)},
		"host":       {"unknown"},
		"version":    {"-1"},
		"sdkversion": {"3.6.6"},
	}
	if c.options.Compress {
		query.Set("compress", "gzip")
	}
	return c.options.URL + path + "?" + query.Encode()
}

// attach makes s the connection and returns the requests to repeat on it.
func (c *Client) attach(s *socket) ([]*request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.closed:
		return nil, errClosed
	default:
	}
	c.socket = s
	return c.unanswered(), nil
}

func (c *Client) current() *socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.socket
}

// read takes what comes until the connection ends.
func (c *Client) read(s *socket) {
	defer close(s.ended)
	defer s.conn.Close()
	for s.cause == nil {
		s.cause = s.next(c.take)
	}
	if fault, ok := errors.AsType[*faultError](s.cause); ok {
		c.tb.Errorf("client %s: %v", c.options.UserID, fault)
	}
}

// Cut breaks the connection without a word, as a lost network does once it is
// noticed, and returns when nothing of it comes any more.
func (c *Client) Cut() {
	if s := c.current(); s != nil {
		s.conn.Close()
		<-s.ended
	}
}

// WaitLost waits until the connection has ended and returns why: a *CloseError if
// a close frame came, else what reading failed with, net.ErrClosed after Cut.
func (c *Client) WaitLost(ctx context.Context) error {
	s := c.current()
	if s == nil {
		return errNotDialed
	}
	select {
	case <-s.ended:
		return s.cause
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close closes the connection as the SDK does when it is destroyed. Calls under
// way return.
func (c *Client) Close() {
	c.closing.Do(func() {
		c.mu.Lock()
		close(c.closed)
		c.mu.Unlock()
	})
	if s := c.current(); s != nil {
		s.hangUp(closeDestroyed)
	}
}
