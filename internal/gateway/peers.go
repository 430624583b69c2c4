package gateway

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

const (
	// maxSubjects is to how many audiences an event is published one by one; one that
	// concerns more goes to all nodes.
	maxSubjects = 64
	// maxBulletin is the largest event that is published, in bytes. What is larger is
	// read from storage by those whom it concerns.
	maxBulletin = 512 << 10
	// helloEvery is how often a node says that it is there.
	helloEvery = time.Second
	// present is for how long a node that says nothing counts as there.
	presentFor = 5 * helloEvery
	// forgetAfter is after how long a silent node is forgotten.
	forgetAfter = time.Hour
	// slack is by how much longer than a fault was noticed it may have lasted: so long
	// a dead connection can look alive, and so far can clocks differ.
	slack = 10 * time.Second
)

// The kinds of bulletins. Each begins with a line of kind, node and a number.
const (
	// bulletinEvent has an event. The numbers of a node's events grow.
	bulletinEvent = "event"
	// bulletinHello has the time; a number that is not the next one says that others
	// were lost, and events perhaps with them.
	bulletinHello = "hello"
	// bulletinProbe asks all nodes to answer at a subject, with the same number.
	bulletinProbe = "probe"
	bulletinPong  = "pong"
	// bulletinReread has a time since which something was committed that was not told.
	bulletinReread = "reread"
	// bulletinBye says that a node stops.
	bulletinBye = "bye"
)

// subjectAll is heard by all nodes.
const subjectAll = "gateway.all"

// groupSubject is heard by nodes where somebody has to hear of a group.
func groupSubject(key groupKey) string { return subject("group", key.app, key.id) }

// userSubject is heard by nodes where a user has sessions, watchSubject by those
// where somebody watches him.
func userSubject(key userKey) string  { return subject("user", key.app, key.id) }
func watchSubject(key userKey) string { return subject("watch", key.app, key.id) }

func subject(kind string, app chat.SDKAppID, id string) string {
	return "gateway." + kind + "." + strconv.FormatInt(int64(app), 10) + ".i" + base64.RawURLEncoding.EncodeToString([]byte(id))
}

// peers are the other nodes, as this one hears of them. Methods of a nil *peers do
// nothing: there are none.
type peers struct {
	bus     *bus.Bus
	node    string
	log     *slog.Logger
	metrics *metrics
	apps    func(chat.SDKAppID) *chat.App
	hear    func(event.Event)
	catchUp func(since time.Time)
	// countHere counts those who are connected here in a group.
	countHere func(groupKey) int
	listener  *bus.Listener
	barrier   barrier
	began     time.Time
	events    uint64 // belongs to the hub's goroutine

	mu     sync.Mutex // guards all below
	wanted map[string]int
	others map[string]*peer
	hellos uint64
	// away is set when the connection was not there and something was not published.
	away bool
	// counting are the questions under way, counts the number of the last one.
	counting map[uint64]*count
	counts   uint64
}

// peer is what is known of another node.
type peer struct {
	heard time.Time
	// events and hellos are the numbers of the last ones.
	events, hellos uint64
	// said is when it said hello last, by its clock.
	said time.Time
	// silent is since when it does not answer probes, zero if it does.
	silent time.Time
}

// join begins to hear what other nodes say. hear gets each event once, in the order of
// each node's commits.
func (g *Gateway) join() (*peers, error) {
	if g.Bus == nil {
		return nil, nil //nolint:nilnil // nobody is there, and that is no error
	}
	p := &peers{
		bus: g.Bus, node: g.Node, log: g.Log, metrics: g.metrics, apps: g.Apps,
		hear: g.hub.hear, catchUp: g.CatchUp,
		countHere: g.hub.countHere, counting: make(map[uint64]*count), wanted: make(map[string]int), others: make(map[string]*peer), began: time.Now(),
	}
	p.barrier.init()
	p.listener = g.Bus.Listen(p.receive, p.missed)
	for _, s := range []string{nodeSubject(p.node), subjectAll} {
		if err := p.listener.Add(s); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// want begins to hear a subject, once more.
func (p *peers) want(subject string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted[subject]++; p.wanted[subject] > 1 {
		return
	}
	if err := p.listener.Add(subject); err != nil {
		p.log.Error("what other nodes say of somebody here cannot be heard", "subject", subject, "error", err)
	}
}

// unwant ends one want.
func (p *peers) unwant(subject string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted[subject]--; p.wanted[subject] > 0 {
		return
	}
	delete(p.wanted, subject)
	p.listener.Remove(subject)
}

// publish tells other nodes of an event. It is called by the hub's goroutine.
func (p *peers) publish(e event.Event, to *recipients) {
	if to.none() {
		return
	}
	data, err := event.Encode(e)
	if err != nil {
		p.log.Error("an event could not be published; nodes that need it do not hear of it", "error", err)
		return
	}
	p.report()
	p.metrics.published.Inc()
	if len(data) > maxBulletin {
		p.reread(time.Now().Add(-maxLag))
		return
	}
	p.events++
	for _, s := range to.subjects() {
		p.say(s, bulletinEvent, p.events, data)
	}
}

// reread lets other nodes read what was committed here since a time.
func (p *peers) reread(since time.Time) {
	if p == nil {
		return
	}
	p.report()
	p.say(subjectAll, bulletinReread, 0, []byte(strconv.FormatInt(since.UnixMilli(), 10)))
}

// report tells others before anything else that something was not published.
func (p *peers) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.bus.Connected():
		if !p.away {
			p.metrics.lost.Inc()
		}
		p.away = true
	case p.away:
		p.hello()
	}
}

// hello says that this node is there. p.mu is held.
func (p *peers) hello() {
	p.hellos++
	if p.away {
		p.hellos++ // others notice the one that is missing
	}
	p.say(subjectAll, bulletinHello, p.hellos, []byte(strconv.FormatInt(time.Now().UnixMilli(), 10)))
	p.away = p.away && !p.bus.Connected()
}

func (p *peers) say(subject, kind string, number uint64, body []byte) {
	data := fmt.Appendf(make([]byte, 0, len(body)+64), "%s %s %d\n", kind, p.node, number)
	p.bus.Publish(subject, append(data, body...))
}

// receive takes what another node says.
func (p *peers) receive(_ string, data []byte) {
	head, body, _ := bytes.Cut(data, []byte("\n"))
	fields := strings.Fields(string(head))
	if len(fields) != 3 {
		p.log.Warn("another node says what cannot be understood", "line", string(head[:min(len(head), 64)]))
		return
	}
	kind, node := fields[0], fields[1]
	number, _ := strconv.ParseUint(fields[2], 10, 64) // 0 is as good as none
	if kind == bulletinBye {
		p.forget(node)
		return
	}
	if since, silent := p.met(node); silent {
		p.lacks(since, "a node that did not answer is back")
	}
	switch kind {
	case bulletinEvent:
		if p.fresh(node, number) {
			p.take(body)
		}
	case bulletinHello:
		if since, lost := p.greeted(node, number, body); lost {
			p.lacks(since, "another node's events may have been lost")
		}
	case bulletinProbe:
		p.say(string(body), bulletinPong, number, nil)
	case bulletinPong:
		p.barrier.answered(node, number)
	case bulletinCount:
		p.countFor(node, number, body)
	case bulletinCounted:
		p.counted(node, number, body)
	case bulletinReread:
		p.lacks(timeOf(body), "another node could not tell of a change")
	}
}

func (p *peers) take(body []byte) {
	e, err := event.Decode(body, p.apps)
	if err != nil {
		p.log.Warn("another node tells what cannot be understood; its version may be another one", "error", err)
		return
	}
	p.metrics.heard.Inc()
	p.hear(e)
}

func (p *peers) lacks(since time.Time, why string) {
	p.log.Info("what may have been missed is read from the database", "because", why, "since", since)
	p.catchUp(since)
}

// met takes note that a node is there. It returns since when it did not answer, if
// that is so.
func (p *peers) met(node string) (since time.Time, silent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.others[node]
	if o == nil {
		o = new(peer)
		p.others[node] = o
		p.log.Info("there is another node", "node", node)
	}
	o.heard = time.Now()
	since, silent = o.silent, !o.silent.IsZero()
	o.silent = time.Time{}
	return since.Add(-slack), silent
}

// fresh reports whether an event is a new one. One that goes to several audiences
// comes several times.
func (p *peers) fresh(node string, number uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.others[node]
	if number <= o.events {
		return false
	}
	o.events = number
	return true
}

// greeted takes note of a hello. If others before it were lost, it returns since when
// events may have been: since the last one, or if none was heard, since this node is
// here to miss any.
func (p *peers) greeted(node string, number uint64, body []byte) (since time.Time, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.others[node]
	since, lost = o.said, number > o.hellos+1
	if o.hellos == 0 {
		since = p.began
	}
	since = since.Add(-slack)
	o.hellos, o.said = number, timeOf(body)
	return since, lost
}

func timeOf(body []byte) time.Time {
	ms, err := strconv.ParseInt(string(body), 10, 64)
	if err != nil {
		return time.Now()
	}
	return time.UnixMilli(ms)
}

func (p *peers) forget(node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.others, node)
}

// missed is called when something may have been lost on the way to this node since
// then.
func (p *peers) missed(since time.Time) {
	p.mu.Lock()
	if p.bus.Connected() {
		p.away = true
		p.hello()
		p.away = false
	}
	p.mu.Unlock()
	p.metrics.lost.Inc()
	p.barrier.discover()
	p.catchUp(since.Add(-slack))
}

// beat says hello again and again until quit is closed.
func (p *peers) beat(quit <-chan struct{}) {
	ticker := time.NewTicker(helloEvery)
	defer ticker.Stop()
	for {
		p.mu.Lock()
		p.hello()
		for node, o := range p.others {
			if time.Since(o.heard) > forgetAfter {
				delete(p.others, node)
			}
		}
		p.mu.Unlock()
		select {
		case <-ticker.C:
		case <-quit:
			return
		}
	}
}

// alive is the nodes that answer.
func (p *peers) alive() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	nodes := make(map[string]bool)
	for node, o := range p.others {
		if o.silent.IsZero() && time.Since(o.heard) < presentFor {
			nodes[node] = true
		}
	}
	return nodes
}

// Hears reports whether another node has lately been heard over NATS.
func (g *Gateway) Hears(node string) bool { return g.hub.peers.alive()[node] }

// silent takes note of nodes that have not answered since then.
func (p *peers) silent(nodes map[string]bool, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for node := range nodes {
		if o := p.others[node]; o != nil && o.silent.IsZero() {
			o.silent = since
		}
	}
}

// run keeps the others informed that this node is there, until quit is closed.
func (p *peers) run(quit <-chan struct{}) {
	if p == nil {
		return
	}
	var beside sync.WaitGroup
	beside.Go(func() { p.beat(quit) })
	beside.Go(func() { p.settleAll(quit) })
	beside.Wait()
	p.listener.Close()
	p.say(subjectAll, bulletinBye, 0, nil)
}

// recipients are the subjects of those whom an event concerns.
type recipients struct {
	of  map[string]bool
	all bool
}

func (r *recipients) add(subject string) {
	if r.all = r.all || len(r.of) > maxSubjects; r.all {
		return
	}
	if r.of == nil {
		r.of = make(map[string]bool)
	}
	r.of[subject] = true
}

func (r *recipients) none() bool { return !r.all && len(r.of) == 0 }

func (r *recipients) subjects() []string {
	if r.all {
		return []string{subjectAll}
	}
	list := make([]string, 0, len(r.of))
	for s := range r.of {
		list = append(list, s)
	}
	return list
}
