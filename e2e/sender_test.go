package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
)

// mutedCode is what muted senders are told.
const mutedCode = 10017

// maxBacklog is how many webhooks may be missing before senders wait, so that a
// long run ends soon after its end.
const maxBacklog = 3000

// sender sends one message after the other.
type sender struct {
	*world
	number int
	rng    *rand.Rand
	// most bounds the length of texts.
	most int
	// plain senders send nothing that is refused.
	plain bool
	count int
}

// message is one that is to be sent, and what its sender is to be told.
type message struct {
	group, official string
	from            string
	random          uint32
	text            string
	code            int
	// open says that the sender may be told that he is muted, too.
	open bool
}

// send lets n senders send until ctx ends and all of them have their answers.
func (w *world) send(ctx context.Context, t *testing.T, seed uint64, n int) {
	t.Helper()
	var senders sync.WaitGroup
	for number := range n {
		s := &sender{world: w, number: number, rng: newRand(seed, uint64(number)+1), most: 400}
		senders.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				s.await(ctx)
				s.deliver(t, s.next())
			}
		})
	}
	senders.Wait()
}

// await waits while the backlog is long.
func (s *sender) await(ctx context.Context) {
	for {
		taken, refused, _ := s.ledger.answered()
		_, events := s.record.progress()
		if taken+refused-events < maxBacklog || !kept(ctx, 20*time.Millisecond) {
			return
		}
	}
}

// next thinks of a message that nobody has sent yet.
func (s *sender) next() message {
	s.count++
	m := message{
		group: groupID(s.rng.IntN(worldGroups)), from: member, random: s.rng.Uint32(),
		text: fmt.Sprintf("%d-%d %s", s.number, s.count, strings.Repeat("x", s.rng.IntN(s.most))),
	}
	chance := s.rng.IntN(100)
	if s.plain {
		chance = 99
	}
	switch {
	case chance < 3:
		m.from, m.code = muted, mutedCode
	case chance < 6:
		m.group, m.code = fmt.Sprintf("no-group-%d", s.rng.IntN(3)), 10010
	case chance < 9:
		m.text, m.code = m.text+blockedWord, 80001
	case chance < 12:
		m.from, m.open = fickle, true
	case chance < 20:
		m.group, m.official = "", officialID(s.rng.IntN(worldOfficials))
	}
	return m
}

// deliver makes the same request until it is answered, and notes the answer.
func (s *sender) deliver(t *testing.T, m message) {
	t.Helper()
	const enough = 2 * time.Minute
	for begin := time.Now(); ; {
		answer, err := s.call(t.Context(), m)
		if refusal, ok := errors.AsType[*api.Error](err); ok || err == nil {
			s.note(t, m, answer, refusal)
			break
		}
		if status, ok := errors.AsType[*api.StatusError](err); ok {
			t.Errorf("%s was answered with HTTP %d, want 200 always", m, status.StatusCode)
			return
		}
		s.ledger.repeat()
		if time.Since(begin) > enough || !kept(t.Context(), 5*time.Millisecond) {
			t.Errorf("%s was not answered for %s: %v", m, enough, err)
			return
		}
	}
	if s.rng.IntN(20) == 0 && m.code == 0 && !m.open {
		s.repeat(t, m)
	}
}

// note compares an answer with what was to be expected.
func (s *sender) note(t *testing.T, m message, answer sent, refusal *api.Error) {
	t.Helper()
	if refusal == nil {
		refusal = new(api.Error)
	}
	conversation := m.conversation()
	switch {
	case refusal.Code != m.code && (!m.open || refusal.Code != mutedCode):
		t.Errorf("%s was answered with %v, want code %d", m, refusal, m.code)
	case refusal.Code != 0:
		s.ledger.refuse(m.text, refused{conversation: conversation, code: refusal.Code, info: refusal.Info})
	default:
		if err := s.ledger.take(conversation, answer); err != nil {
			t.Error(err)
		}
	}
}

// repeat makes an answered request once more. Its answer must be the same, if it
// comes.
func (s *sender) repeat(t *testing.T, m message) {
	t.Helper()
	first := s.ledger.find(m.text)
	again, err := s.call(t.Context(), m)
	refusal, ok := errors.AsType[*api.Error](err)
	if ok {
		t.Errorf("the repeated %s was answered with %v", m, refusal)
	}
	if err == nil && again != first {
		t.Errorf("%s was answered with %s, and repeated with %s", m, first, again)
	}
}

// String names a message.
func (m message) String() string {
	return fmt.Sprintf("%.20q from %s to %s", m.text, m.from, m.conversation())
}

// conversation is where a message goes.
func (m message) conversation() string {
	if m.official != "" {
		return officialName(m.official)
	}
	return groupName(m.group)
}

// call makes one request.
func (s *sender) call(ctx context.Context, m message) (sent, error) {
	body, err := api.NewMsgBody(api.TextElem{Text: m.text})
	if err != nil {
		return sent{}, err
	}
	if m.official != "" {
		r, err := s.rest.SendOfficialAccountMsg(ctx, &api.SendOfficialAccountMsgRequest{OfficialAccount: m.official, Random: &m.random, MsgBody: body})
		if err != nil {
			return sent{}, err
		}
		seq, err := seqOf(r.MsgKey)
		return sent{seq: seq, key: r.MsgKey, time: r.MsgTime, text: m.text}, err
	}
	r, err := s.rest.SendGroupMsg(ctx, &api.SendGroupMsgRequest{GroupID: m.group, Random: &m.random, FromAccount: m.from, MsgBody: body})
	if err != nil {
		return sent{}, err
	}
	return sent{seq: r.MsgSeq, time: r.MsgTime, text: m.text}, nil
}
