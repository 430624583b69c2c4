package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
)

// transient are the codes that ask for another try.
var transient = map[int]bool{10002: true, 60007: true, 60008: true, 60018: true, 60022: true}

const (
	// blockedCode is what senders of the blocked word are told.
	blockedCode = 80001
	// callWithin is how long a sender waits for one answer before he asks another
	// node.
	callWithin = 4 * time.Second
	// toldWithin is how long a node may take for an answer, whatever it is: for that
	// which is on its way and what waits behind it, 15 s each, and more since the machine
	// may be busy. patience is how long a caller waits who finds out.
	toldWithin = 40 * time.Second
	patience   = 50 * time.Second
	// answeredWithin is after how long without any answer a message is given up, and
	// the test fails.
	answeredWithin = 2 * time.Minute
)

// answers are what senders were told, and when.
type answers struct {
	ledger ledger

	mu sync.Mutex // guards all below
	// refused is by text.
	refused map[string]int
	// troubled are the texts for which a call failed or was answered with a code
	// that asks for another try.
	troubled map[string]bool
	// codes count those codes.
	codes map[int]int
	// longest is how long a caller waited at most for an answer.
	longest time.Duration
	// times are when messages were acknowledged, as the histories count time.
	times []int64
}

func newAnswers() *answers {
	return &answers{
		ledger:  ledger{sent: make(map[string]map[int64]sent), taken: make(map[string]sent), refused: make(map[string]refused)},
		refused: make(map[string]int), troubled: make(map[string]bool), codes: make(map[int]int),
	}
}

// take notes that a message was taken at a time.
func (a *answers) take(group string, s sent, at int64) error {
	a.mu.Lock()
	a.times = append(a.times, at)
	a.mu.Unlock()
	return a.ledger.take(groupName(group), s)
}

func (a *answers) refuse(text string, code int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused[text] = code
}

// trouble notes that a call failed, or was answered with a code that asks for
// another try.
func (a *answers) trouble(text string, code int) {
	a.ledger.repeat()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.troubled[text] = true
	a.codes[code]++
}

// waited notes how long a caller has waited for an answer.
func (a *answers) waited(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.longest = max(a.longest, d)
}

// troubles returns how often calls had to be repeated, by code; 0 is for those
// without an answer.
func (a *answers) troubles() map[int]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.codes)
}

// halt is the longest time without an acknowledgement between two moments.
func (a *answers) halt(from, to int64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, longest := from, int64(0)
	for _, at := range a.times {
		if at >= from && at <= to {
			longest, last = max(longest, at-last), max(last, at)
		}
	}
	return time.Duration(max(longest, to-last))
}

// faultGroups is how many groups are used at a time. Every faultRound there are
// others, so that no history becomes too long to be checked.
const (
	faultGroups = 6
	faultRound  = time.Minute
	probeGroup  = "probe"
)

// active is a group that is used now.
func (f *faults) active(rng *rand.Rand) string {
	round := min(int(time.Since(f.histories.begin)/faultRound), f.rounds-1)
	return groupID(round*faultGroups + rng.IntN(faultGroups))
}

// groups are all of them.
func (f *faults) groups() []string {
	ids := []string{probeGroup}
	for n := range f.rounds * faultGroups {
		ids = append(ids, groupID(n))
	}
	return ids
}

// restSender sends one message after the other, each by whichever node answers.
type restSender struct {
	*faults

	number, count int
	rng           *rand.Rand
	rest          []*api.Client // by node
}

// run sends until ctx ends and the last message has its answer.
func (s *restSender) run(ctx context.Context, t *testing.T) {
	t.Helper()
	for kept(ctx, time.Duration(s.rng.IntN(100))*time.Millisecond) {
		s.count++
		text := fmt.Sprintf("r%d-%d %s", s.number, s.count, strings.Repeat("x", s.rng.IntN(300)))
		code := 0
		if s.rng.IntN(20) == 0 {
			text, code = text+blockedWord, blockedCode
		}
		s.deliver(t, s.active(s.rng), text, code, -1)
	}
}

// deliver makes the same request until it is answered with success, or with the code
// that is to be expected, and notes the answer. It asks one node, or any if that is
// negative.
func (s *restSender) deliver(t *testing.T, group, text string, code, node int) {
	t.Helper()
	body, err := api.NewMsgBody(api.TextElem{Text: text})
	if err != nil {
		t.Error(err)
		return
	}
	random, call := s.rng.Uint32(), s.histories.now()
	for begin := time.Now(); time.Since(begin) < answeredWithin; {
		asked := node
		if asked < 0 {
			asked = s.rng.IntN(len(s.Nodes))
		}
		begun := time.Now()
		answer, err := s.rest[asked].SendGroupMsg(t.Context(), &api.SendGroupMsgRequest{GroupID: group, Random: &random, FromAccount: member, MsgBody: body})
		if took := time.Since(begun); took > toldWithin {
			s.violation(t, "%s answered after %s: %v", s.Nodes[asked].Name, took, err)
		} else {
			s.answers.waited(took)
		}
		refusal, refused := errors.AsType[*api.Error](err)
		switch {
		case err == nil && code == 0:
			s.histories.sent(group, text, call, answer.MsgSeq)
			if err := s.answers.take(group, sent{seq: answer.MsgSeq, time: answer.MsgTime, text: text}, s.histories.now()); err != nil {
				s.violation(t, "%v", err)
			}
			return
		case err == nil:
			s.violation(t, "%.20q was taken, want code %d", text, code)
			return
		case refused && refusal.Code == code:
			s.answers.refuse(text, code)
			return
		case refused && !transient[refusal.Code]:
			s.violation(t, "%.20q was answered with %v by %s, want code %d", text, refusal, s.Nodes[asked].Name, code)
			return
		case refused:
			s.answers.trouble(text, refusal.Code)
		default:
			s.answers.trouble(text, 0)
		}
		if !kept(t.Context(), 20*time.Millisecond) {
			break
		}
	}
	if code == 0 {
		s.histories.sent(group, text, call, unknown)
	}
	s.violation(t, "%.20q was not answered for %s", text, answeredWithin)
}

// look reads the newest messages of one group after the other, on whichever node,
// until ctx ends.
func (f *faults) look(ctx context.Context, rng *rand.Rand) {
	const newest = 5
	for kept(ctx, time.Duration(rng.IntN(100))*time.Millisecond) {
		group, node, call := f.active(rng), rng.IntN(len(f.Nodes)), f.histories.now()
		page, err := f.rest[node].GroupMsgGetSimple(ctx, &api.GroupMsgGetSimpleRequest{GroupID: group, ReqMsgNumber: newest})
		if err != nil {
			f.unread.Add(1)
			continue
		}
		var v view
		for i, m := range page.RspMsgList {
			if i == 0 {
				v.newest = m.MsgSeq
			}
			v.texts = append(v.texts, textOf(m))
		}
		f.histories.read(group, call, v)
		f.looks.Add(1)
	}
}

// probe waits until every node takes a message, and returns when the last one did. If
// one does not, that is a violation.
func (f *faults) probe(t *testing.T) {
	t.Helper()
	f.probeBy(t, f.rest)
}

// probeBy does so with the clients of the nodes that are given.
func (f *faults) probeBy(t *testing.T, rest []*api.Client) {
	t.Helper()
	var probes sync.WaitGroup
	for i := range f.Nodes {
		s := &restSender{faults: f, rest: rest, rng: newRand(f.seed, 1<<50+uint64(f.probes.Add(1)))}
		probes.Go(func() { s.deliver(t, probeGroup, fmt.Sprintf("p%d-%d", i, f.probes.Add(1)), 0, i) })
	}
	probes.Wait()
}

// counters are what nobody is told.
type counters struct {
	probes, looks, unread atomic.Int64
}
