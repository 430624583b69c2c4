package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
)

// verify compares what senders were told with what is stored and what the
// receiver was told. Everything must be answered and delivered.
func (w *world) verify(t *testing.T) {
	t.Helper()
	for n := range worldGroups {
		w.verifyHistory(t, groupID(n))
		w.verifyOrder(t, groupName(groupID(n)), callback.CommandGroupAfterSendMsg)
	}
	for n := range worldOfficials {
		w.verifyOrder(t, officialName(officialID(n)), callback.CommandOfficialAccountAfterSendMsg)
	}
	w.verifyRefusals(t)
	w.verifyRecord(t)
}

// verifyHistory holds that the messages of a group are exactly those that were
// acknowledged, at the numbers that their senders were told.
func (w *world) verifyHistory(t *testing.T, group string) {
	t.Helper()
	acknowledged := w.ledger.sent[groupName(group)]
	stored := w.history(t, group)
	if len(stored) != len(acknowledged) {
		t.Errorf("%s has %d messages, and %d were acknowledged", group, len(stored), len(acknowledged))
	}
	for n, m := range stored {
		seq := int64(len(stored) - n)
		if m.MsgSeq != seq {
			t.Errorf("%s has number %d where %d belongs", group, m.MsgSeq, seq)
			return
		}
		a, ok := acknowledged[seq]
		switch {
		case !ok:
			t.Errorf("%s %d is stored and was never acknowledged", group, seq)
		case m.IsPlaceMsg != 0 || textOf(m) != a.text || m.MsgTimeStamp != a.time:
			t.Errorf("%s %d is %.20q at %d, and what was acknowledged is %s", group, seq, textOf(m), m.MsgTimeStamp, a)
		}
	}
}

// history returns all messages of a group, newest first.
func (w *world) history(t *testing.T, group string) []api.HistoryMessage {
	t.Helper()
	var all []api.HistoryMessage
	request := &api.GroupMsgGetSimpleRequest{GroupID: group, ReqMsgNumber: 20}
	for {
		page, err := w.rest.GroupMsgGetSimple(t.Context(), request)
		if err != nil {
			t.Fatalf("history of %s: %v", group, err)
		}
		all = append(all, page.RspMsgList...)
		if len(page.RspMsgList) == 0 {
			return all
		}
		if request.ReqMsgSeq = all[len(all)-1].MsgSeq - 1; request.ReqMsgSeq == 0 {
			return all
		}
	}
}

func textOf(m api.HistoryMessage) string {
	if len(m.MsgBody) != 1 {
		return ""
	}
	text, _ := callback.MsgElement(m.MsgBody[0]).Text()
	return text
}

// verifyOrder holds that each acknowledged message of a conversation has exactly
// one event, and that events arrived in the order of the messages.
func (w *world) verifyOrder(t *testing.T, conversation string, command callback.Command) {
	t.Helper()
	acknowledged, arrived := w.ledger.sent[conversation], w.record.order[conversation]
	arrived = slices.DeleteFunc(slices.Clone(arrived), func(e *told) bool { return e.command != command })
	if len(arrived) != len(acknowledged) {
		t.Errorf("%d messages of %s were acknowledged, and %d events arrived", len(acknowledged), conversation, len(arrived))
	}
	for n, e := range arrived {
		seq := int64(n + 1)
		if e.seq != seq {
			t.Errorf("%s of %s, which is about %d, arrived where %d belongs", e.id, conversation, e.seq, seq)
			return
		}
		if a := acknowledged[seq]; e.text != a.text || e.key != a.key {
			t.Errorf("%s of %s is about %.20q with key %q, and what was acknowledged is %s", e.id, conversation, e.text, e.key, a)
		}
	}
}

// verifyRefusals holds that each refusal that somebody was told has its event.
// There may be more: a refusal whose answer was lost is made again.
func (w *world) verifyRefusals(t *testing.T) {
	t.Helper()
	reported := make(map[string][]*told)
	more := 0
	for _, e := range w.record.events {
		if e.command != callback.CommandGroupSendMsgException {
			continue
		}
		_, lost := w.ledger.taken[e.text] // a refusal whose answer was lost, and then not refused
		if _, ok := w.ledger.refused[e.text]; !ok && (!lost || e.code != mutedCode) {
			t.Errorf("%s reports that %.20q was refused with code %d, which nobody was told", e.id, e.text, e.code)
		}
		if reported[e.text] = append(reported[e.text], e); lost || len(reported[e.text]) > 1 {
			more++
		}
	}
	for text, r := range w.ledger.refused {
		if len(reported[text]) == 0 && !r.unsure {
			t.Errorf("%.20q to %s was refused with code %d and not reported", text, r.conversation, r.code)
		}
		for _, e := range reported[text] {
			if e.code != r.code || e.info != r.info || e.conversation != r.conversation {
				t.Errorf("%.20q was refused with %+v and reported by %s with %d %s", text, r, e.id, e.code, e.info)
			}
		}
	}
	if _, _, repeats := w.ledger.answered(); more > repeats {
		t.Errorf("%d refusals are reported more often than they were told, and only %d requests were repeated", more, repeats)
	}
}

// verifyRecord holds that nothing was wrong with single calls, and that nothing
// is left to acknowledge.
func (w *world) verifyRecord(t *testing.T) {
	t.Helper()
	if len(w.record.faults) > 0 {
		t.Errorf("the receiver saw faults:\n%s", strings.Join(w.record.faults, "\n"))
	}
	for _, e := range w.record.events {
		if !e.acknowledged {
			t.Errorf("%s was never acknowledged", e.id)
		}
	}
}
