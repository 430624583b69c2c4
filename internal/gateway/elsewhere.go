package gateway

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

const (
	// countPatience is how long other nodes may take to count.
	countPatience = 200 * time.Millisecond
	// prepared is for how long a group is heard that somebody here is about to join.
	prepared = 10 * time.Second
)

// The kinds of bulletins by which nodes count those who are connected.
const (
	bulletinCount   = "count"
	bulletinCounted = "counted"
)

// count is one question to all nodes and what they answered.
type count struct {
	missing map[string]bool
	sum     int
	came    chan struct{}
}

// nodeSubject is heard by one node.
func nodeSubject(node string) string { return "gateway.node." + node }

// elsewhere counts the connected members of a group and those who poll it at other
// nodes. A node that does not answer soon has none.
func (p *peers) elsewhere(key groupKey) int {
	if p == nil {
		return 0
	}
	nodes := p.alive()
	if len(nodes) == 0 {
		return 0
	}
	c := &count{missing: nodes, came: make(chan struct{})}
	p.mu.Lock()
	p.counts++
	number := p.counts
	p.counting[number] = c
	p.mu.Unlock()
	p.say(subjectAll, bulletinCount, number, []byte(strconv.FormatInt(int64(key.app), 10)+"\n"+key.id))
	select {
	case <-c.came:
	case <-time.After(countPatience):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.counting, number)
	return c.sum
}

// countFor answers the question of another node.
func (p *peers) countFor(node string, number uint64, body []byte) {
	app, id, _ := bytes.Cut(body, []byte("\n"))
	n, _ := strconv.ParseInt(string(app), 10, 64) // of no app there are no groups
	there := p.countHere(groupKey{chat.SDKAppID(n), string(id)})
	p.say(nodeSubject(node), bulletinCounted, number, []byte(strconv.Itoa(there)))
}

// counted takes an answer.
func (p *peers) counted(node string, number uint64, body []byte) {
	n, err := strconv.Atoi(string(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counting[number]
	if err != nil || c == nil || !c.missing[node] {
		return
	}
	c.sum += n
	if delete(c.missing, node); len(c.missing) == 0 {
		close(c.came)
	}
}

// countHere counts the connected members of a group and those who poll it.
func (h *hub) countHere(key groupKey) int { return h.connectedIn(key) + h.polls.count(key) }

// online reports which users have a client that is connected, at whatever node.
func (g *Gateway) online(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error) {
	online := make(map[string]bool)
	var others []string
	for _, id := range ids {
		if g.hub.online(app, id) {
			online[id] = true
		} else {
			others = append(others, id)
		}
	}
	if g.hub.peers == nil || len(others) == 0 {
		return online, nil
	}
	err := g.Store.View(ctx, func(tx store.Tx) error {
		found, err := tx.Online(ctx, app, others)
		for id := range found {
			online[id] = true
		}
		return err
	})
	return online, err
}

// prepare lets a group be heard here before somebody joins it, so that he misses
// nothing from the moment at which he is told that he has.
func (h *hub) prepare(ctx context.Context, key groupKey) {
	if h.peers == nil || len(key.id) > chat.MaxGroupIDBytes || h.audienceOf(key) != nil {
		return
	}
	h.peers.want(groupSubject(key))
	time.AfterFunc(prepared, func() { h.peers.unwant(groupSubject(key)) })
	h.peers.settle(ctx)
}
